package emulha.codecs.criu;

import emulha.codecs.Arguments;
import emulha.codecs.NamedProvider;
import emulha.codecs.Stage;
import emulha.codecs.general.Grouped;

/**
 * CRaC's way in the CRIU talk: the checkpoint's image is written, and then the file is compressed
 * as an LZ4 frame. The bytes are the frame's, magic number and checksum included; that the raw
 * image exists at the same time is the storage's matter, not the encoding's.
 */
public final class CriuNaive extends NamedProvider {
  /** Name of the stage. */
  public static final String NAME = "criu-naive";

  public CriuNaive() {
    super(
        NAME,
        "the checkpoint's whole image as one LZ4 frame",
        "CRIU talk (LPC), naive approach; LZ4 frame format 1.6");
  }

  @Override
  public Stage create(Arguments arguments) {
    return new Grouped(Lz4Frames.codec(), Grouped.Rules.CHECKPOINT);
  }
}
