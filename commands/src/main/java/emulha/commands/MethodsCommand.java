package emulha.commands;

import com.beust.jcommander.Parameter;
import emulha.codecs.Method;
import emulha.codecs.StageProvider;
import emulha.codecs.Stages;
import emulha.commands.options.Command;
import java.io.PrintStream;

final class MethodsCommand extends Command {
  @Parameter(names = "--names", description = "Names only, one a line")
  boolean names;

  @Override
  public void run(PrintStream out, PrintStream err) {
    if (names) {
      Stages.all().forEach(stage -> out.println(stage.name()));
      return;
    }
    out.println("A method is one stage or several joined by +, each name:key=value,key=value.");
    out.println("What a stage does not settle goes to the next, and after the last it goes whole.");
    var threads = Method.ENCODERS;
    out.println(
        "Any stage takes %s=%s: %s; refused where the bytes would change."
            .formatted(threads.key(), threads.choices(), threads.meaning()));
    Stages.all().forEach(stage -> describe(stage, out));
  }

  private static void describe(StageProvider stage, PrintStream out) {
    out.println();
    out.println(stage.name() + " - " + stage.summary());
    stage
        .parameters()
        .forEach(
            key ->
                out.println(
                    "    %s=%s (default %s): %s"
                        .formatted(key.key(), key.choices(), key.defaultValue(), key.meaning())));
    if (stage.needsParameters()) {
      out.println("    Source: " + stage.source());
      return;
    }
    Method method = Method.parse(stage.name());
    if (method.encoders() > 1) {
      out.println("    %s (default %d)".formatted(Method.ENCODERS.key(), method.encoders()));
    }
    out.println("    Source: " + stage.source());
    out.println("    Runs here: " + method.binding());
  }
}
