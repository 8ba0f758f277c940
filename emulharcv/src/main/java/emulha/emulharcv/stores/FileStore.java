package emulha.emulharcv.stores;

import emulha.files.DurableFile;
import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.memory.PageDigests;
import emulha.memory.PageSize;
import emulha.memory.RamImage;
import emulha.wire.Message;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The images in files, mapped into memory, that survive the end of the receiver at any instant.
 * {@code vm-N.image} is a VM's image, sparse; {@code log-0} and {@code log-1} take the checkpoints
 * in turn ({@link CheckpointLog}); {@code store.json} names the VMs. A checkpoint is stored in this
 * order:
 *
 * <ol>
 *   <li>the images are forced to the disk, so that the log of the last but one is not needed;
 *   <li>the checkpoint overwrites that log, which is forced to the disk: now it is stored;
 *   <li>its pages are written to the images.
 * </ol>
 *
 * Opening takes the complete log with the highest sequence number and writes its pages to the
 * images again: whatever of step 3 was missing is then there. If step 2 was cut short, the other
 * log is that one, and the images hold it already. Before anything is written, the images with the
 * log's pages, as the disk gives them back, are compared with the digests in the log ({@link
 * ImageProof}); {@code head} tells a log that was cut short from one that was damaged ({@link
 * Head}).
 */
final class FileStore implements CheckpointStore {
  static final String SYNTAX = "file:DIR";
  static final StoreKind KIND = new DirectoryKind("file", "emulha file store", FileStore::new);

  private static final int READ_BYTES = 1 << 20;

  private final Path directory;
  private final List<Message.Vm> vms;
  private final Head head;
  private final List<CheckpointLog> logs = new ArrayList<>();
  private final List<FileChannel> channels = new ArrayList<>();
  private final List<FailOverImages> opened = new ArrayList<>(1);
  private ImageProof proof;
  private long sequence;
  private boolean usable = true;

  /**
   * Opens the store in a directory that was prepared for these VMs.
   *
   * @param wanted the checkpoint to open; null for the last
   * @throws DamagedStoreException if the store cannot prove that checkpoint
   */
  FileStore(Path directory, List<Message.Vm> vms, @Nullable Long wanted) throws IOException {
    this.directory = directory;
    this.vms = vms;
    head = new Head(directory.resolve("head"));
    proof = new ImageProof(vms);
    try {
      for (int i = 0; i < 2; i++) {
        logs.add(new CheckpointLog(directory.resolve("log-" + i)));
      }
      CheckpointLog.Content content = proved(wanted);
      openImages();
      if (content != null) {
        sequence = Math.max(content.sequence(), head.read().orElse(0));
        writeImages(content.checkpoint());
      }
    } catch (IOException | RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** The log to go on from, proved; null if the store holds nothing yet. */
  private CheckpointLog.@Nullable Content proved(@Nullable Long wanted) throws IOException {
    List<CheckpointLog.Content> found = new ArrayList<>();
    for (CheckpointLog log : logs) {
      CheckpointLog.Content content = log.read(vms);
      if (content != null) {
        found.add(content);
      }
    }
    found.sort(Comparator.comparingLong(CheckpointLog.Content::sequence).reversed());
    long newest = head.read().orElse(0);
    String damage =
        found.isEmpty() || found.getFirst().sequence() < newest
            ? directory.resolve("log-" + (newest & 1)) + " is damaged or missing"
            : null;
    if (found.isEmpty() && newest == 0) {
      return null;
    }
    List<Long> offered = new ArrayList<>();
    for (CheckpointLog.Content content : found) {
      long holds = content.checkpoint().holds();
      String difference = differenceTo(content);
      if (difference == null && (wanted == null ? damage == null : wanted == holds)) {
        return content;
      }
      if (difference != null && damage == null) {
        damage = directory + ": " + difference;
      } else if (difference == null && holds != Message.NOTHING) {
        offered.add(holds);
      }
    }
    throw StoreDescription.damaged(
        damage == null ? directory + ": does not hold what is asked for" : damage, offered);
  }

  /** What of the images is not as a log proves it; null if all is. */
  private @Nullable String differenceTo(CheckpointLog.Content content) throws IOException {
    StorableCheckpoint checkpoint = content.checkpoint();
    var found = new ImageProof(vms);
    String missing = null;
    for (int vm = 0; vm < vms.size(); vm++) {
      long size = readImage(vm, found.of(vm));
      if (size != vms.get(vm).ramBytes() && missing == null) {
        missing =
            size < 0
                ? imageFile(vm) + " is missing"
                : "%s has %d bytes instead of %d"
                    .formatted(imageFile(vm), size, vms.get(vm).ramBytes());
      }
    }
    found.apply(checkpoint);
    proof = found;
    if (checkpoint.holds() == Message.NOTHING) {
      return null;
    }
    return missing != null
        ? missing
        : found.differenceTo(content.seal(), checkpoint.holds(), checkpoint.states()).orElse(null);
  }

  /**
   * Reads a VM's image past the system's cache, where the file system lets us.
   *
   * @return size of the file, -1 if there is none
   */
  private long readImage(int vm, PageDigests digests) throws IOException {
    Path file = imageFile(vm);
    if (!Files.isRegularFile(file)) {
      return -1;
    }
    PageSize pageSize = vms.get(vm).pageSize();
    int pageBytes = pageSize.bytes();
    int together = Math.max(READ_BYTES, pageBytes);
    ByteBuffer buffer =
        ByteBuffer.allocateDirect(together + Page.BYTES)
            .alignedSlice(Page.BYTES)
            .limit(together)
            .slice();
    byte[] page = new byte[pageBytes];
    try (FileChannel channel = openForReading(file)) {
      long size = channel.size();
      long end = pageSize.bytesOf(Math.min(pageSize.pagesIn(size), vms.get(vm).ramPages()));
      for (long at = 0; at < end; ) {
        buffer.clear();
        int n = fill(channel, at, buffer, pageBytes);
        int whole = n / pageBytes * pageBytes;
        if (whole <= 0) {
          throw new IOException(file + ": became shorter while it was read");
        }
        buffer.flip();
        for (int done = 0; done < whole && at < end; done += pageBytes, at += pageBytes) {
          buffer.get(done, page);
          digests.set(
              pageSize.pagesIn(at),
              Page.isZero(page, 0, pageBytes)
                  ? digests.ofZeroPage()
                  : PageDigests.ofPage(page, 0, pageSize));
        }
      }
      return size;
    }
  }

  /** Reads a page or more, or up to the end of the file; how many bytes. */
  private static int fill(FileChannel channel, long at, ByteBuffer buffer, int pageBytes)
      throws IOException {
    int done = 0;
    while (done < pageBytes) {
      int n = channel.read(buffer, at + done);
      if (n <= 0) {
        break;
      }
      done += n;
    }
    return done;
  }

  /** {@code O_DIRECT}, by name, since it is an option of this JDK's own; null if it has none. */
  private static @Nullable OpenOption direct() {
    try {
      for (Object option :
          Class.forName("com.sun.nio.file.ExtendedOpenOption").getEnumConstants()) {
        if (option instanceof OpenOption found && found.toString().equals("DIRECT")) {
          return found;
        }
      }
    } catch (ClassNotFoundException e) {
      // Another JDK: read through the cache.
    }
    return null;
  }

  private static FileChannel openForReading(Path file) throws IOException {
    OpenOption direct = direct();
    if (direct != null && Page.BYTES % Files.getFileStore(file).getBlockSize() == 0) {
      try {
        return FileChannel.open(file, StandardOpenOption.READ, direct);
      } catch (UnsupportedOperationException | FileSystemException e) {
        // A file system in memory has nothing behind its cache.
      }
    }
    return FileChannel.open(file, StandardOpenOption.READ);
  }

  private Path imageFile(int vm) {
    return directory.resolve("vm-" + vm + ".image");
  }

  private void openImages() throws IOException {
    List<RamImage> mapped = new ArrayList<>();
    opened.clear();
    opened.add(new FailOverImages(vms, mapped));
    for (int vm = 0; vm < vms.size(); vm++) {
      FileChannel channel =
          FileChannel.open(
              imageFile(vm),
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      channels.add(channel);
      long bytes = vms.get(vm).ramBytes();
      if (channel.size() < bytes) {
        channel.write(ByteBuffer.allocate(1), bytes - 1);
      }
      mapped.add(RamImage.mapped(channel, bytes, vms.get(vm).pageSize()));
    }
    // Their names, and those of the logs, must outlive a power failure as what they hold does.
    forceImages();
    DurableFile.syncDirectory(directory);
  }

  private void closeChannels() throws IOException {
    for (FileChannel channel : channels) {
      channel.close();
    }
    channels.clear();
  }

  @Override
  public FailOverImages images() {
    return opened.getFirst();
  }

  @Override
  public void clear() throws IOException {
    usable = false;
    proof.clear();
    log(StorableCheckpoint.only(Message.NOTHING, vms.size()));
    images().clear();
    images().close();
    closeChannels();
    for (int vm = 0; vm < vms.size(); vm++) {
      Files.deleteIfExists(imageFile(vm));
    }
    openImages();
    usable = true;
  }

  @Override
  public boolean usable() {
    return usable;
  }

  @Override
  public long store(StorableCheckpoint checkpoint) throws IOException {
    usable = false;
    forceImages();
    proof.apply(checkpoint);
    long logged = log(checkpoint);
    writeImages(checkpoint);
    usable = true;
    return logged + checkpoint.contentBytes();
  }

  private long log(StorableCheckpoint checkpoint) throws IOException {
    sequence++;
    CheckpointLog log = logs.get((int) (sequence & 1));
    long written =
        log.write(sequence, checkpoint, proof.seal(checkpoint.holds(), checkpoint.states()));
    head.write(sequence);
    return written;
  }

  private void forceImages() throws IOException {
    for (FileChannel channel : channels) {
      channel.force(false);
    }
  }

  private void writeImages(StorableCheckpoint checkpoint) throws IOException {
    images().begin();
    for (int vm = 0; vm < vms.size(); vm++) {
      DirtyPages pages = checkpoint.pages().get(vm);
      PageSize pageSize = vms.get(vm).pageSize();
      FileChannel channel = channels.get(vm);
      Path file = imageFile(vm);
      for (int i = 0; i < pages.count(); i++) {
        Whole.write(
            channel,
            file,
            ByteBuffer.wrap(pages.slab(i), pages.offset(i), pageSize.bytes()),
            pageSize.bytesOf(pages.pfn(i)));
      }
    }
    images().nowHold(checkpoint);
  }

  @Override
  public Size size() throws IOException {
    long bytes = 0;
    for (CheckpointLog log : logs) {
      bytes += log.bytes();
    }
    for (int vm = 0; vm < vms.size(); vm++) {
      bytes += images().contentBytes(vm);
    }
    return new Size(bytes, null);
  }

  /**
   * Compares what the disk gives back of the images with the digests of what was written to them,
   * the last checkpoint's pages too, which opening would write once more.
   */
  @Override
  public void requireDurable() throws IOException {
    forceImages();
    for (int vm = 0; vm < vms.size(); vm++) {
      var found = new PageDigests(vms.get(vm).ramPages(), vms.get(vm).pageSize());
      readImage(vm, found);
      for (long pfn = 0; pfn < vms.get(vm).ramPages(); pfn++) {
        if (found.get(pfn) != proof.of(vm).get(pfn)) {
          throw new DamagedStoreException(
              "%s: the disk does not give back what was written to page frame %d"
                  .formatted(imageFile(vm), pfn));
        }
      }
    }
  }

  @Override
  public FailOverImages recover() throws IOException {
    forceImages();
    var again = new FileStore(directory, vms, null);
    again.closeFiles();
    return again.images();
  }

  private void closeFiles() throws IOException {
    closeChannels();
    for (CheckpointLog log : logs) {
      log.close();
    }
  }

  @Override
  public void close() throws IOException {
    closeFiles();
    opened.forEach(FailOverImages::close);
  }
}
