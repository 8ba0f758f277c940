package emulha.commands;

import emulha.files.Partial;
import emulha.files.Scratch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A process with all that one may have: files here, a file elsewhere, another process. */
final class ScratchHolder {
  private ScratchHolder() {}

  /** Takes a directory for the file elsewhere; ends when its standard input does. */
  public static void main(String[] args) throws IOException {
    Files.writeString(Scratch.directory("run").resolve("sender.err"), "x");
    Files.writeString(Scratch.elsewhere(Path.of(args[0]), "ram"), "x");
    Path half = Files.createDirectory(Partial.of(Path.of(args[0], "results")).path());
    Files.writeString(half.resolve("runs.csv"), "half a ro");
    Process process = new ProcessBuilder("sleep", "600").start();
    Scratch.endToo(process);
    System.out.println(process.pid());
    while (System.in.read() >= 0) {}
  }
}
