package emulha.emulharcv.stores;

import emulha.memory.RamImage;
import emulha.wire.Message;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The images in RAM, and nothing else: the paper's store (Hou §2.1). */
final class RamStore implements CheckpointStore {
  private final FailOverImages images;

  RamStore(List<Message.Vm> vms) {
    images = new FailOverImages(vms);
  }

  @Override
  public FailOverImages images() {
    return images;
  }

  @Override
  public void clear() {
    images.clear();
  }

  @Override
  public long store(StorableCheckpoint checkpoint) {
    images.apply(checkpoint);
    return checkpoint.contentBytes() + checkpoint.stateBytes();
  }

  @Override
  public Size size() {
    long bytes = images.images().stream().mapToLong(RamImage::bytes).sum();
    return new Size(bytes, bytes);
  }

  @Override
  public @Nullable FailOverImages recover() {
    return null;
  }

  @Override
  public void close() {
    images.close();
  }
}
