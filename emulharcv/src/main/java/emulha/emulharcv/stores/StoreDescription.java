package emulha.emulharcv.stores;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import emulha.files.DurableFile;
import emulha.files.LockedFile;
import emulha.memory.PageDigests;
import emulha.wire.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a durable store says of itself, as JSON: {@code store.json} in a directory.
 *
 * @param format kind of the store
 * @param vms whose images it holds
 * @param digest XXH3-64 of the format, the version and the VMs, 16 hexadecimal digits
 */
record StoreDescription(String format, int version, List<Message.Vm> vms, @Nullable String digest) {
  /** 1 had no digests, 2 no sizes of pages. */
  private static final int VERSION = 3;

  private static final String FILE = "store.json";
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Copies the list. */
  StoreDescription {
    vms = vms == null ? List.of() : List.copyOf(vms);
  }

  /** The description of a store of this format for these VMs. */
  static String toJson(String format, List<Message.Vm> vms) throws IOException {
    return JSON.writeValueAsString(
        new StoreDescription(format, VERSION, vms, digest(format, VERSION, vms)));
  }

  private static String digest(String format, int version, List<Message.Vm> vms)
      throws IOException {
    return ImageDescription.hex(
        PageDigests.ofState(JSON.writeValueAsBytes(List.of(format, version, vms))));
  }

  /**
   * Reads a description.
   *
   * @param where named in errors
   * @throws IOException if it is not one of this format
   */
  static List<Message.Vm> parse(String where, String json, String format) throws IOException {
    StoreDescription found;
    try {
      found = JSON.readValue(json, StoreDescription.class);
    } catch (JsonProcessingException e) {
      throw new DamagedStoreException(where + ": not a store's description, or damaged", e);
    }
    if (found == null || found.format == null) {
      throw new DamagedStoreException(where + ": not a store's description, or damaged");
    }
    if (!found.format.equals(format) || found.version != VERSION || found.vms.isEmpty()) {
      throw new IOException(
          "%s: expected an %s of version %d, found '%s' of version %d"
              .formatted(where, format, VERSION, found.format, found.version));
    }
    if (!digest(found.format, found.version, found.vms).equals(found.digest)) {
      throw new DamagedStoreException(
          where + ": damaged: it does not name the VMs that the store was made for");
    }
    return found.vms;
  }

  /** The VMs of a directory's store. */
  static List<Message.Vm> of(Path directory, String format) throws IOException {
    Path file = directory.resolve(FILE);
    if (!Files.isRegularFile(file)) {
      throw new IOException(directory + ": no " + format + " is there");
    }
    return parse(file.toString(), Files.readString(file), format);
  }

  /**
   * Makes a directory a store for these VMs, unless it is.
   *
   * @throws IOException if it holds the images of other VMs, or something else
   */
  static void prepare(Path directory, String format, List<Message.Vm> vms) throws IOException {
    Path file = directory.resolve(FILE);
    if (!Files.exists(file)) {
      try (var content = Files.list(directory)) {
        if (content.anyMatch(path -> !path.getFileName().toString().startsWith("."))) {
          throw new IOException(
              directory + ": holds something that is no store; choose another directory");
        }
      }
      DurableFile.write(file, toJson(format, vms));
    }
    requireSame(directory.toString(), of(directory, format), vms);
  }

  /** Says what is damaged, and which checkpoints of the store can still be proved. */
  static DamagedStoreException damaged(String damage, List<Long> provable) {
    return new DamagedStoreException(
        damage
            + (provable.isEmpty()
                ? "; no checkpoint of this store can be proved any more"
                : "; what can still be proved: "
                    + provable.stream()
                        .map(
                            number ->
                                number == Message.BASE
                                    ? "the base (recover --checkpoint base)"
                                    : "checkpoint %d (recover --checkpoint %d)"
                                        .formatted(number, number))
                        .collect(Collectors.joining(", "))));
  }

  static void requireSame(String where, List<Message.Vm> found, List<Message.Vm> wanted)
      throws IOException {
    if (!found.equals(wanted)) {
      throw new IOException(
          "%s holds the images of %s, not of %s; choose another place or remove them"
              .formatted(where, found, wanted));
    }
  }

  /** Keeps others from using a directory until closed. */
  static LockedFile lock(Path directory) throws IOException {
    DurableFile.createDirectories(directory);
    LockedFile held =
        LockedFile.hold(
            directory.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (held == null) {
      throw new IOException(directory + ": another receiver or recovery uses this store");
    }
    return held;
  }
}
