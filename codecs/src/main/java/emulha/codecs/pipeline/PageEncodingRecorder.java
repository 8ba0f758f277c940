package emulha.codecs.pipeline;

import emulha.codecs.CorruptEncodingException;
import emulha.codecs.DecoderContext;
import emulha.codecs.DecoderContext.PreviousPages;
import emulha.codecs.EncodedCheckpoint;
import emulha.codecs.LaneReader;
import emulha.codecs.LaneWriter;
import java.util.Arrays;

/**
 * Cuts out of a checkpoint's lanes what was read to decode a page, and notes whether its previous
 * content was.
 */
final class PageEncodingRecorder implements PreviousPages {
  private final PreviousPages previous;
  private final PageEncodings encodings;
  private long[] positions = new long[8];
  private byte[] bytes = new byte[8192];
  private boolean usedPrevious;

  PageEncodingRecorder(PreviousPages previous, PageEncodings encodings) {
    this.previous = previous;
    this.encodings = encodings;
  }

  @Override
  public void read(int vm, long pfn, byte[] target, int offset) {
    usedPrevious = true;
    previous.read(vm, pfn, target, offset);
  }

  /** A page is about to be decoded from these lanes. */
  void begin(DecoderContext context) {
    usedPrevious = false;
    if (positions.length < context.lanes()) {
      positions = new long[context.lanes()];
    }
    for (int i = 0; i < context.lanes(); i++) {
      positions[i] = context.reader(i).position();
    }
  }

  /** The page is decoded. */
  void end(DecoderContext context, int vm, long pfn) {
    int at = 0;
    for (int i = 0; i < context.lanes(); i++) {
      LaneReader lane = context.reader(i);
      int length = Math.toIntExact(lane.position() - positions[i]);
      if (length > 0) {
        int needed = at + 2 * LaneWriter.MAX_VARINT_BYTES + length;
        if (needed > bytes.length) {
          bytes = Arrays.copyOf(bytes, 2 * needed);
        }
        at = LaneWriter.putVarint(bytes, at, lane.number());
        at = LaneWriter.putVarint(bytes, at, length);
        lane.copy(positions[i], bytes, at, length);
        at += length;
      }
    }
    encodings.page(vm, pfn, usedPrevious, bytes, at);
  }

  /** Puts a page's encoding back into lanes. */
  static void split(byte[] source, int offset, int length, EncodedCheckpoint into)
      throws CorruptEncodingException {
    var reader = new LaneReader(0);
    reader.open(source, offset, length);
    while (reader.remaining() > 0) {
      int lane = reader.readVarint(EncodedCheckpoint.MAX_LANES - 1);
      int size = (int) reader.readLong(reader.remaining());
      into.append(lane, source, reader.take(size), size);
    }
  }
}
