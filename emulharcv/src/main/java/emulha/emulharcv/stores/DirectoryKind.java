package emulha.emulharcv.stores;

import emulha.files.LockedFile;
import emulha.wire.Message;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A kind of store that has a directory to itself.
 *
 * @param format what {@code store.json} calls it
 * @param opening opens one in a directory that was prepared
 */
record DirectoryKind(String name, String format, Opening opening) implements StoreKind {
  /** Opens a store. */
  @FunctionalInterface
  interface Opening {
    /** Of the last checkpoint, or for recovery only of the wanted one. */
    CheckpointStore open(Path directory, List<Message.Vm> vms, @Nullable Long wanted)
        throws IOException;
  }

  @Override
  public @Nullable StoreLocation locate(String text, String rest) {
    return rest.isEmpty() ? null : new Place(this, Path.of(rest));
  }

  @Override
  public Optional<String> shared(String text, String ofWhat, String place) {
    return text.equals(name) ? Optional.of(name + ":" + place) : Optional.empty();
  }

  @Override
  public boolean inDirectory() {
    return true;
  }

  /** A directory. */
  private record Place(DirectoryKind kind, Path directory) implements StoreLocation {
    @Override
    public Opened open(List<Message.Vm> vms, Consumer<String> log) throws IOException {
      return locked(
          () -> {
            StoreDescription.prepare(directory, kind.format, vms);
            return kind.opening.open(directory, vms, null);
          });
    }

    @Override
    public Opened existing(@Nullable Long wanted, Consumer<String> log) throws IOException {
      List<Message.Vm> vms = StoreDescription.of(directory, kind.format);
      return locked(() -> kind.opening.open(directory, vms, wanted));
    }

    private Opened locked(Attempt<CheckpointStore> opening) throws IOException {
      LockedFile lock = StoreDescription.lock(directory);
      try {
        return new Opened(opening.make(), List.of(lock));
      } catch (IOException | RuntimeException | Error e) {
        lock.close();
        throw e;
      }
    }

    @Override
    public String hiddenIn(String text) {
      return text.replace(directory.toString(), "its store");
    }

    @Override
    public String toString() {
      return kind.name + ":" + directory;
    }
  }
}
