package emulha.commands;

import emulha.commands.options.Command;
import emulha.runs.Environment;
import java.io.PrintStream;

final class VersionCommand extends Command {
  @Override
  public void run(PrintStream out, PrintStream err) {
    String version = Main.class.getPackage().getImplementationVersion();
    out.println("emulha " + (version == null ? "(not packaged)" : version));
    out.println(
        System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"));
    out.println("ahead-of-time cache: " + Environment.aotCache());
  }
}
