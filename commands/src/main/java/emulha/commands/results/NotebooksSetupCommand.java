package emulha.commands.results;

import emulha.commands.options.Command;
import java.io.IOException;
import java.io.PrintStream;

/** Makes ready to run the notebooks. */
public final class NotebooksSetupCommand extends Command {
  @Override
  public void run(PrintStream output, PrintStream err) throws IOException, InterruptedException {
    Jupyter.setUp();
    output.println("The kernel is in notebooks/.jupyter; next: emulha notebooks run");
  }
}
