package emulha.emulharcv.stores;

import emulha.files.DurableFile;
import emulha.memory.Page;
import emulha.memory.PageDigests;
import emulha.memory.RamImage;
import emulha.wire.Message;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The fail-over images of a session's VMs (Hou §2.1), with their device states and the number of
 * the checkpoint that they are of. They hold whole checkpoints only: a checkpoint is stored once
 * all of it is decoded and proved. Confined to the thread that stores, until that has ended.
 */
public final class FailOverImages implements AutoCloseable {
  private final List<Message.Vm> vms;
  private final List<RamImage> images;
  private List<byte[]> states;
  private long checkpoint = Message.NOTHING;

  /** Whether the pages of a checkpoint are being written. */
  private boolean changing;

  /** Images of zeros in RAM. */
  FailOverImages(List<Message.Vm> vms) {
    this(vms, new ArrayList<>());
    try {
      for (Message.Vm vm : vms) {
        images.add(new RamImage(vm.ramBytes(), vm.pageSize()));
      }
    } catch (OutOfMemoryError | RuntimeException e) {
      close();
      throw e;
    }
  }

  /**
   * @param images by VM; closed with this
   */
  public FailOverImages(List<Message.Vm> vms, List<RamImage> images) {
    this.vms = vms;
    this.images = images;
    states = noStates(vms);
  }

  private static List<byte[]> noStates(List<Message.Vm> vms) {
    return Collections.nCopies(vms.size(), new byte[0]);
  }

  /** Makes images in RAM hold nothing again. */
  void clear() {
    nowHold(Message.NOTHING, noStates(vms));
    images.forEach(RamImage::clear);
  }

  /** The VMs. */
  public List<Message.Vm> vms() {
    return vms;
  }

  /**
   * Number of the checkpoint that the images hold; {@link Message#BASE} or {@link Message#NOTHING}
   * if none. With nothing, or part of a base, no VM can resume from them.
   */
  public long checkpoint() {
    return checkpoint;
  }

  /** What images of that number hold, in words. */
  public static String name(long checkpoint) {
    return checkpoint == Message.NOTHING
        ? "nothing"
        : checkpoint == Message.BASE ? "the base" : "checkpoint " + checkpoint;
  }

  /** A VM's CPU and device state at the checkpoint; empty if the recording has none. */
  byte[] state(int vm) {
    return states.get(vm);
  }

  /** Says that the images now hold this checkpoint's pages. */
  void nowHold(StorableCheckpoint held) {
    nowHold(held.holds(), held.states());
  }

  /** Says which checkpoint the images now hold, with which states. */
  public void nowHold(long number, List<byte[]> withStates) {
    states = List.copyOf(withStates);
    checkpoint = number;
    changing = false;
  }

  /** A checkpoint's pages will be written: until it is held, these images are no checkpoint's. */
  void begin() {
    changing = true;
  }

  /** Nobody writes any more: what was left half written is said to hold nothing. */
  public void settle() {
    if (changing) {
      nowHold(Message.NOTHING, noStates(vms));
    }
  }

  /** Puts a checkpoint's pages into the images. */
  public void apply(StorableCheckpoint stored) {
    begin();
    for (int vm = 0; vm < images.size(); vm++) {
      images.get(vm).apply(stored.pages().get(vm));
    }
    nowHold(stored);
  }

  /** Copies a page into a VM's image. */
  void write(int vm, long pfn, byte[] page) {
    images.get(vm).write(pfn, page, 0);
  }

  /** Copies a page out of a VM's image. */
  public void read(int vm, long pfn, byte[] target, int offset) {
    images.get(vm).read(pfn, target, offset);
  }

  /** Digest of a VM's whole image, computed from its content. */
  public long digest(int vm) {
    return PageDigests.of(images.get(vm)).ofImage();
  }

  /** The images, by VM. */
  public List<RamImage> images() {
    return List.copyOf(images);
  }

  /** Bytes of a VM's pages that are not zero. */
  long contentBytes(int vm) {
    RamImage image = images.get(vm);
    byte[] page = new byte[image.pageSize().bytes()];
    long bytes = 0;
    for (long pfn = 0; pfn < image.pages(); pfn++) {
      image.read(pfn, page, 0);
      bytes += Page.isZero(page, 0, page.length) ? 0 : page.length;
    }
    return bytes;
  }

  /** Writes a VM's image into a file, with holes for pages of zeros; replaces the file if it is. */
  void write(int vm, Path file) throws IOException {
    RamImage image = images.get(vm);
    byte[] page = new byte[image.pageSize().bytes()];
    try {
      DurableFile.write(
          file,
          channel -> {
            for (long pfn = 0; pfn < image.pages(); pfn++) {
              // The last page is written, so that the file has its size.
              boolean last = pfn == image.pages() - 1;
              if (image.untouched(pfn) && !last) {
                continue;
              }
              image.read(pfn, page, 0);
              if (last || !Page.isZero(page, 0, page.length)) {
                ByteBuffer rest = ByteBuffer.wrap(page);
                for (long at = pfn * page.length; rest.hasRemaining(); ) {
                  at += channel.write(rest, at);
                }
              }
            }
          });
    } catch (IOException e) {
      throw new IOException(
          String.valueOf(e.getMessage())
              .replace("cannot write", "cannot write the fail-over image"),
          e);
    }
  }

  @Override
  public void close() {
    images.forEach(RamImage::close);
    images.clear();
  }
}
