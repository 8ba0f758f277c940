package emulha.codecs;

import emulha.memory.DirtyPages;

/**
 * A cursor over the bytes that one stage works on: a page, a chunk of one, or what a stage left of
 * one. Reused from block to block and valid only during the call that receives it. At the encoder
 * the bytes are read; at the decoder they are filled in.
 */
public final class Block {
  /** What the bytes are. */
  public enum Kind {
    /** A page's whole content. */
    PAGE,
    /** Part of a page's content. */
    CHUNK,
    /** A page's content XOR its earlier content, as long as the page. */
    RESIDUE
  }

  private Kind kind = Kind.PAGE;
  private byte[] bytes = {};
  private int offset;
  private int length;
  private int vm;
  private long pfn;
  private int page;

  /** Points at the bytes {@code [offset, offset + length)} of {@code bytes}. */
  public Block at(Kind kind, byte[] bytes, int offset, int length) {
    this.kind = kind;
    this.bytes = bytes;
    this.offset = offset;
    this.length = length;
    return this;
  }

  /**
   * Says which page the bytes belong to.
   *
   * @param vm the VM's number, from 0
   * @param pfn page frame number
   * @param page the page's index in the VM's checkpoint
   */
  public Block of(int vm, long pfn, int page) {
    this.vm = vm;
    this.pfn = pfn;
    this.page = page;
    return this;
  }

  /** Points at page {@code page} of a VM's checkpoint. */
  public Block at(int vm, DirtyPages pages, int page) {
    return at(Kind.PAGE, pages.slab(page), pages.offset(page), pages.pageSize().bytes())
        .of(vm, pages.pfn(page), page);
  }

  /** Points at a part of a page, from {@code start} of it on. */
  public Block partOf(Block page, int start, int length) {
    return at(Kind.CHUNK, page.bytes(), page.offset + start, length).ofSamePage(page);
  }

  /** Says that the bytes belong to the same page as another block's. */
  public Block ofSamePage(Block other) {
    return of(other.vm, other.pfn, other.page);
  }

  public Kind kind() {
    return kind;
  }

  /** The array that holds the bytes. */
  public byte[] bytes() {
    return bytes;
  }

  public int offset() {
    return offset;
  }

  /** Number of bytes: 1 to those of a page. */
  public int length() {
    return length;
  }

  /** Number of the VM, from 0. */
  public int vm() {
    return vm;
  }

  public long pfn() {
    return pfn;
  }

  /** Index of the page in the VM's checkpoint. */
  public int page() {
    return page;
  }
}
