package emulha.emulharcv.stores;

import emulha.memory.RamImage;
import emulha.metrics.RunRow;
import emulha.wire.Message;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The images in RAM, and nothing else: the paper's store (Hou §2.1). */
final class RamStore implements CheckpointStore {
  static final String SYNTAX = RunRow.Store.RAM;
  static final Kind KIND = new Kind();

  /** The kind, which has but one place. */
  record Kind() implements StoreKind, StoreLocation {
    @Override
    public String name() {
      return RamStore.SYNTAX;
    }

    @Override
    public @Nullable StoreLocation locate(String text, String rest) {
      return text.equals(name()) ? this : null;
    }

    @Override
    public Optional<String> shared(String text, String name, String place) {
      return Optional.of(name()).filter(text::equals);
    }

    @Override
    public StoreKind kind() {
      return this;
    }

    @Override
    public boolean outlivesReceiver() {
      return false;
    }

    @Override
    public Opened open(List<Message.Vm> vms, Consumer<String> log) {
      return new Opened(new RamStore(vms), List.of());
    }

    @Override
    public Opened existing(@Nullable Long wanted, Consumer<String> log) {
      throw new IllegalArgumentException(
          "the store ram ends with its receiver; what can be recovered are the others of "
              + StoreKind.SYNTAX);
    }
  }

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
