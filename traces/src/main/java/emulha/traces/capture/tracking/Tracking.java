package emulha.traces.capture.tracking;

import emulha.traces.capture.MappedRam;
import emulha.traces.capture.MemoryMapping;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How the written pages of a guest are to be known. */
public enum Tracking {
  /** Write tracking where it works, else a content diff. */
  AUTO,
  /** Write tracking by userfaultfd; fails where it does not work. */
  UFFD,
  /** Content diff. */
  DIFF;

  /** A tracker of {@code ram} as mapped by process {@code pid}; the guest is halted. */
  public WriteTracker open(long pid, MappedRam ram) throws IOException {
    return switch (this) {
      case AUTO -> {
        try {
          yield UFFD.open(pid, ram);
        } catch (IOException e) {
          yield new ContentDiffTracker(ram.memory(), e.getMessage());
        }
      }
      case UFFD -> {
        if (inHugePages(ram.file())) {
          throw new IOException(
              ram.file()
                  + ": lies in huge pages, which are protected as wholes: pages would count as"
                  + " written that were not; record with --tracker diff");
        }
        yield new WriteProtectTracker(
            pid, MemoryMapping.ofFile(pid, ram.file(), ram.memory().byteSize()));
      }
      case DIFF -> new ContentDiffTracker(ram.memory(), null);
    };
  }

  private static boolean inHugePages(Path file) {
    try {
      return Files.getFileStore(file).type().equals("hugetlbfs");
    } catch (IOException e) {
      // Not told, as of a mount that cannot be seen from here.
      return false;
    }
  }
}
