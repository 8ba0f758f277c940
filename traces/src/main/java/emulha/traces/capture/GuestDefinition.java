package emulha.traces.capture;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import emulha.metrics.FlatJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A guest that can be booted and recorded: {@code guest.json} in the directory that a recipe built.
 * Files are named relative to that directory.
 *
 * @param name name of the VM: letters, digits, {@code - _ .}
 * @param workload what runs in it, one line
 * @param memoryMib RAM in MiB
 * @param boot what it boots from
 * @param start when recording begins
 * @param freePages how free pages are read: {@code linux-6.1}, or null where they cannot be
 * @param qemu further arguments for QEMU
 */
public record GuestDefinition(
    String name,
    String workload,
    @JsonProperty("memory_mib") int memoryMib,
    @JsonUnwrapped Boot boot,
    @JsonUnwrapped Start start,
    @JsonProperty("free_pages") @Nullable String freePages,
    @Nullable List<String> qemu) {
  /**
   * What a guest boots from.
   *
   * @param kernel the kernel image, or null to boot from the disk
   * @param initrd the initial RAM disk, or null
   * @param append the kernel's command line, or null
   * @param disk a raw disk image, attached read-only, or null
   */
  public record Boot(
      @Nullable String kernel,
      @Nullable String initrd,
      @Nullable String append,
      @Nullable String disk) {}

  /**
   * When the recording of a guest begins.
   *
   * @param ready what the guest writes to its console first, or null
   * @param settleMs how long it runs on after that, or after its start, in milliseconds
   */
  public record Start(@Nullable String ready, @JsonProperty("settle_ms") long settleMs) {}

  /** Name of the file that holds a definition. */
  public static final String FILE = "guest.json";

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  private static final long DAY_MS = 86_400_000;

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .addModule(new FlatJson())
          .build();

  public GuestDefinition {
    requireText("name", name);
    requireText("workload", workload);
    if (boot.kernel() == null && boot.disk() == null) {
      throw new IllegalArgumentException("neither kernel nor disk is given");
    }
    if (boot.kernel() == null && (boot.initrd() != null || boot.append() != null)) {
      throw new IllegalArgumentException("initrd and append need a kernel");
    }
    requireName(name);
    if (memoryMib < 16) {
      throw new IllegalArgumentException("memory_mib must be at least 16, got " + memoryMib);
    }
    if (start.settleMs() < 0 || start.settleMs() > DAY_MS) {
      throw new IllegalArgumentException(
          "settle_ms must be 0 to %d, a day, got %d".formatted(DAY_MS, start.settleMs()));
    }
    if (freePages != null && !freePages.equals(FreePages.LINUX_6_1)) {
      throw new IllegalArgumentException(
          "unknown free_pages '" + freePages + "'; available: " + FreePages.LINUX_6_1);
    }
    qemu = qemu == null ? List.of() : List.copyOf(qemu);
  }

  /** Refuses what cannot be part of a file name everywhere. */
  public static void requireName(String name) {
    if (!NAME.matcher(name).matches() || name.startsWith(".")) {
      throw new IllegalArgumentException(
          "VM name '" + name + "' must be letters, digits, '-', '_' or '.'");
    }
  }

  /**
   * Reads {@code guest.json}.
   *
   * @throws IllegalArgumentException if it is absent or not a definition
   */
  public static GuestDefinition read(Path directory) throws IOException {
    Path file = directory.resolve(FILE);
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          directory + ": not a guest, it has no " + FILE + "; build one with a recipe");
    }
    try {
      return JSON.readValue(Files.readAllBytes(file), GuestDefinition.class);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          file
              + ": not a guest definition: "
              + e.getOriginalMessage().lines().findFirst().orElse(""),
          e);
    }
  }

  /** The same under another name. */
  public GuestDefinition withName(String other) {
    return new GuestDefinition(other, workload, memoryMib, boot, start, freePages, qemu);
  }

  /** The same with so much RAM. */
  public GuestDefinition withMemoryMib(int other) {
    return new GuestDefinition(name, workload, other, boot, start, freePages, qemu);
  }

  private static void requireText(String field, @Nullable String value) {
    if (value == null || value.isBlank()) {
      throw new IllegalArgumentException(field + " is missing");
    }
  }
}
