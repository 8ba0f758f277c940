package emulha.emulharcv;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.memory.PageDigests;
import emulha.memory.RamImage;
import java.util.ArrayList;
import java.util.List;

/**
 * The fail-over images of a session's VMs (Hou §2.1), in RAM. They hold whole checkpoints only: a
 * checkpoint is stored once all of it is decoded and proved. Confined to the thread that stores,
 * until that has ended.
 */
final class FailOverImages implements AutoCloseable {
  private final List<RamImage> images = new ArrayList<>();

  /** Images of zeros. */
  FailOverImages(long[] ramPages) {
    try {
      for (long pages : ramPages) {
        images.add(new RamImage(pages * Page.BYTES));
      }
    } catch (OutOfMemoryError | RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Copies a page out of a VM's image. */
  void read(int vm, long pfn, byte[] target, int offset) {
    images.get(vm).read(pfn, target, offset);
  }

  /** Stores a VM's part of a checkpoint. */
  void store(int vm, DirtyPages pages) {
    images.get(vm).apply(pages);
  }

  /** Digest of a VM's whole image, computed from its content. */
  long digest(int vm) {
    RamImage image = images.get(vm);
    var digests = new PageDigests(image.pages());
    byte[] page = new byte[Page.BYTES];
    for (long pfn = 0; pfn < image.pages(); pfn++) {
      image.read(pfn, page, 0);
      digests.set(pfn, PageDigests.ofPage(page, 0));
    }
    return digests.ofImage();
  }

  /** The images, by VM. */
  List<RamImage> images() {
    return List.copyOf(images);
  }

  @Override
  public void close() {
    images.forEach(RamImage::close);
    images.clear();
  }
}
