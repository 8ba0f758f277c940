package emulha.emulharcv.stores;

import emulha.memory.DirtyPages;
import emulha.memory.PageDigests;
import emulha.memory.PageSize;
import emulha.wire.Message;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The digests by which a store proves that the images it gives back are those it was given: kept
 * page by page as checkpoints are stored, and sealed into bytes that are stored with each.
 *
 * <p>A seal is, little-endian: i64 checkpoint held, u32 VMs; for each VM the XXH3-64 of its state
 * (0 if it has none), u64 page frames, and for each region of {@value #REGION_PAGES} page frames
 * the XXH3-64 of its pages' XXH3-64; last the XXH3-64 of all before. Guards against damage, not
 * against forgery. Not thread-safe.
 */
final class ImageProof {
  static final int REGION_PAGES = 1024;

  private final List<PageDigests> pages;
  private final List<Message.Vm> vms;

  /** Of images of zeros. */
  ImageProof(List<Message.Vm> vms) {
    this(vms, new ArrayList<>());
    clear();
  }

  private ImageProof(List<Message.Vm> vms, List<PageDigests> pages) {
    this.vms = vms;
    this.pages = pages;
  }

  /** Of images as they are. */
  static ImageProof of(FailOverImages images) {
    var pages = new ArrayList<>(images.images().stream().map(PageDigests::of).toList());
    return new ImageProof(images.vms(), pages);
  }

  /** The digests of a VM's pages. */
  PageDigests of(int vm) {
    return pages.get(vm);
  }

  /** The images are zeros again. */
  void clear() {
    pages.clear();
    for (Message.Vm vm : vms) {
      pages.add(new PageDigests(vm.ramPages(), vm.pageSize()));
    }
  }

  /** The images have a checkpoint's pages. */
  void apply(StorableCheckpoint checkpoint) {
    for (int vm = 0; vm < pages.size(); vm++) {
      DirtyPages part = checkpoint.pages().get(vm);
      PageSize pageSize = part.pageSize();
      for (int i = 0; i < part.count(); i++) {
        pages.get(vm).set(part.pfn(i), PageDigests.ofPage(part.slab(i), part.offset(i), pageSize));
      }
    }
  }

  private static int regions(Message.Vm vm) {
    return Math.toIntExact((vm.ramPages() + REGION_PAGES - 1) / REGION_PAGES);
  }

  /** What proves the images as they are now, with these states. */
  byte[] seal(long holds, List<byte[]> states) {
    int length = 2 * Long.BYTES + Integer.BYTES;
    for (Message.Vm vm : vms) {
      length = Math.addExact(length, (2 + regions(vm)) * Long.BYTES);
    }
    ByteBuffer seal = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    seal.putLong(holds).putInt(vms.size());
    for (int vm = 0; vm < vms.size(); vm++) {
      long ramPages = vms.get(vm).ramPages();
      seal.putLong(PageDigests.ofState(states.get(vm))).putLong(ramPages);
      for (long from = 0; from < ramPages; from += REGION_PAGES) {
        seal.putLong(pages.get(vm).ofPages(from, Math.min(ramPages, from + REGION_PAGES)));
      }
    }
    byte[] body = Arrays.copyOf(seal.array(), seal.position());
    seal.putLong(PageDigests.ofState(body));
    return seal.array();
  }

  /**
   * Compares the images with a seal.
   *
   * @param seal as it was stored
   * @param holds the checkpoint that they are said to be of
   * @return what is not as it was, where; empty if they are proved
   */
  Optional<String> differenceTo(byte[] seal, long holds, List<byte[]> states) {
    byte[] found = seal(holds, states);
    if (Arrays.equals(seal, found)) {
      return Optional.empty();
    }
    if (seal.length < Long.BYTES) {
      return Optional.of("its digests are missing");
    }
    ByteBuffer stored = ByteBuffer.wrap(seal).order(ByteOrder.LITTLE_ENDIAN);
    byte[] body = Arrays.copyOf(seal, seal.length - Long.BYTES);
    if (stored.getLong(body.length) != PageDigests.ofState(body)) {
      return Optional.of("its digests are damaged");
    }
    if (seal.length != found.length || stored.getLong(0) != holds) {
      return Optional.of("its digests are of other images");
    }
    ByteBuffer now = ByteBuffer.wrap(found).order(ByteOrder.LITTLE_ENDIAN);
    int at = Long.BYTES + Integer.BYTES;
    for (int vm = 0; vm < vms.size(); vm++) {
      if (stored.getLong(at) != now.getLong(at)) {
        return Optional.of("the device state of VM " + vm + " is not what was stored");
      }
      at += 2 * Long.BYTES;
      for (int region = 0; region < regions(vms.get(vm)); region++, at += Long.BYTES) {
        if (stored.getLong(at) != now.getLong(at)) {
          long from = (long) region * REGION_PAGES;
          return Optional.of(
              "page frames %d to %d of VM %d are not what was stored"
                  .formatted(from, Math.min(vms.get(vm).ramPages(), from + REGION_PAGES) - 1, vm));
        }
      }
    }
    return Optional.of("its digests are of other VMs");
  }
}
