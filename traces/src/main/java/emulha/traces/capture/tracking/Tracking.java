package emulha.traces.capture.tracking;

import emulha.names.Names;
import emulha.traces.capture.MappedRam;
import emulha.traces.capture.MemoryMapping;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** How the written pages of a guest are to be known. */
public enum Tracking {
  /** Write tracking where it works, else a content diff. */
  AUTO("auto"),
  /** Write tracking by userfaultfd; fails where it does not work. */
  WRITE_PROTECT("uffd"),
  /** Content diff. */
  CONTENT_DIFF("diff");

  private final String word;

  Tracking(String word) {
    this.word = word;
  }

  /** The word for it on the command line. */
  public String word() {
    return word;
  }

  /**
   * The one called {@code word}.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Tracking of(String word) {
    return Names.choose("tracker", word, List.of(values()), Tracking::word);
  }

  /** A tracker of {@code ram} as mapped by process {@code pid}; the guest is halted. */
  public WriteTracker open(long pid, MappedRam ram) throws IOException {
    return switch (this) {
      case AUTO -> {
        try {
          yield WRITE_PROTECT.open(pid, ram);
        } catch (IOException e) {
          yield new ContentDiffTracker(ram.memory(), e.getMessage());
        }
      }
      case WRITE_PROTECT -> {
        if (inHugePages(ram.file())) {
          throw new IOException(
              ram.file()
                  + ": lies in huge pages, which are protected as wholes: pages would count as"
                  + " written that were not; record with --tracker diff");
        }
        yield new WriteProtectTracker(
            pid, MemoryMapping.ofFile(pid, ram.file(), ram.memory().byteSize()));
      }
      case CONTENT_DIFF -> new ContentDiffTracker(ram.memory(), null);
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
