package emulha.traces.capture.qemu;

import emulha.traces.Clock;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** What executes a guest's instructions: QEMU's {@code -accel}. */
public enum Acceleration {
  /** QEMU's translator, which can count them. */
  TCG,
  /** The processor itself, by Linux's KVM: native rates, on the host's clock alone. */
  KVM;

  private static final Path DEVICE = Path.of("/dev/kvm");
  private static final Path PROCESSORS = Path.of("/proc/cpuinfo");

  /** What executed a recorded guest's instructions, from its series' environment. */
  static Acceleration recorded(@Nullable String fact) {
    return KVM.name().equals(fact) ? KVM : TCG;
  }

  /**
   * QEMU's {@code -cpu} for a guest on the host's clock; four levels of page tables, as 6.1's. An
   * AMD processor has no MSR of architectural capabilities; KVM offers one all the same, and where
   * that KVM is in a guest itself, QEMU may end on setting it.
   */
  String cpu() throws IOException {
    if (this == TCG) {
      return "max,la57=off";
    }
    boolean amd = Files.readString(PROCESSORS).contains("AuthenticAMD");
    return "host,la57=off" + (amd ? ",arch-capabilities=off" : "");
  }

  /** What to do instead where it does not work, as the end of an error's line. */
  String otherwise() {
    return this == KVM ? "; record with --accel tcg" : "";
  }

  /**
   * Requires that guests can be run this way here.
   *
   * @param clock on which they are to be recorded
   * @throws IllegalArgumentException if not on this clock
   * @throws IOException if this machine cannot
   */
  void require(Clock clock) throws IOException {
    if (this == TCG) {
      return;
    }
    if (clock.kind() == Clock.Kind.GUEST) {
      throw new IllegalArgumentException(
          "under KVM nothing counts a guest's instructions; record with --clock host");
    }
    try {
      FileChannel.open(DEVICE, StandardOpenOption.READ, StandardOpenOption.WRITE).close();
    } catch (IOException e) {
      throw new IOException(
          "%s cannot be opened (%s: %s)%s"
              .formatted(DEVICE, e.getClass().getSimpleName(), e.getMessage(), otherwise()),
          e);
    }
  }
}
