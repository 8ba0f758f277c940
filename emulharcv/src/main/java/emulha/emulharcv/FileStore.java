package emulha.emulharcv;

import emulha.memory.DirtyPages;
import emulha.memory.Page;
import emulha.memory.RamImage;
import emulha.replication.Message;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

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
 * log is that one, and the images hold it already.
 */
final class FileStore implements CheckpointStore {
  static final String FORMAT = "emulha file store";

  private final Path directory;
  private final List<Message.Vm> vms;
  private final List<CheckpointLog> logs = new ArrayList<>();
  private final List<FileChannel> channels = new ArrayList<>();
  private final List<FailOverImages> opened = new ArrayList<>(1);
  private long sequence;

  /** Opens the store in a directory that was prepared for these VMs. */
  FileStore(Path directory, List<Message.Vm> vms) throws IOException {
    this.directory = directory;
    this.vms = vms;
    try {
      openImages();
      for (int i = 0; i < 2; i++) {
        logs.add(new CheckpointLog(directory.resolve("log-" + i)));
      }
      redo();
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private Path imageFile(int vm) {
    return directory.resolve("vm-" + vm + ".image");
  }

  private void openImages() throws IOException {
    List<RamImage> mapped = new ArrayList<>();
    for (int vm = 0; vm < vms.size(); vm++) {
      FileChannel channel =
          FileChannel.open(
              imageFile(vm),
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      channels.add(channel);
      long bytes = vms.get(vm).ramPages() * Page.BYTES;
      if (channel.size() < bytes) {
        channel.write(ByteBuffer.allocate(1), bytes - 1);
      }
      mapped.add(RamImage.mapped(channel, bytes));
    }
    opened.add(new FailOverImages(vms, mapped));
  }

  private void closeImages() throws IOException {
    opened.forEach(FailOverImages::close);
    opened.clear();
    for (FileChannel channel : channels) {
      channel.close();
    }
    channels.clear();
  }

  private void redo() throws IOException {
    long[] ramPages = vms.stream().mapToLong(Message.Vm::ramPages).toArray();
    CheckpointLog.Content last = null;
    for (CheckpointLog log : logs) {
      CheckpointLog.Content content = log.read(ramPages);
      if (content != null && (last == null || content.sequence() > last.sequence())) {
        last = content;
      }
    }
    if (last != null) {
      sequence = last.sequence();
      writeImages(last.checkpoint());
    }
  }

  @Override
  public FailOverImages images() {
    return opened.getFirst();
  }

  @Override
  public void clear() throws IOException {
    log(StorableCheckpoint.only(Message.NOTHING, vms.size()));
    closeImages();
    for (int vm = 0; vm < vms.size(); vm++) {
      Files.deleteIfExists(imageFile(vm));
    }
    openImages();
  }

  @Override
  public long store(StorableCheckpoint checkpoint) throws IOException {
    for (FileChannel channel : channels) {
      channel.force(false);
    }
    long logged = log(checkpoint);
    writeImages(checkpoint);
    return logged + checkpoint.contentBytes();
  }

  private long log(StorableCheckpoint checkpoint) throws IOException {
    sequence++;
    return logs.get((int) (sequence & 1)).write(sequence, checkpoint);
  }

  private void writeImages(StorableCheckpoint checkpoint) throws IOException {
    for (int vm = 0; vm < vms.size(); vm++) {
      DirtyPages pages = checkpoint.pages().get(vm);
      for (int i = 0; i < pages.count(); i++) {
        var page = ByteBuffer.wrap(pages.slab(i), pages.offset(i), Page.BYTES);
        try {
          for (long at = pages.pfn(i) << Page.SHIFT; page.hasRemaining(); ) {
            at += channels.get(vm).write(page, at);
          }
        } catch (IOException e) {
          throw new IOException("cannot write %s: %s".formatted(imageFile(vm), e.getMessage()), e);
        }
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

  @Override
  public FailOverImages recover() throws IOException {
    var again = new FileStore(directory, vms);
    again.closeFiles();
    return again.images();
  }

  private void closeFiles() throws IOException {
    for (FileChannel channel : channels) {
      channel.close();
    }
    for (CheckpointLog log : logs) {
      log.close();
    }
  }

  @Override
  public void close() throws IOException {
    closeFiles();
    closeImages();
  }
}
