package emulha.commands.replay;

import com.beust.jcommander.Parameter;
import com.beust.jcommander.ParameterException;
import emulha.commands.options.Command;
import emulha.commands.options.Values;
import emulha.commands.options.Verbatim;
import emulha.commands.terminal.Printable;
import emulha.emulharcv.stores.FailOverImages;
import emulha.emulharcv.stores.ImageDescription;
import emulha.emulharcv.stores.StoreLocation;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

public final class RecoverCommand extends Command {
  @Parameter(
      splitter = Verbatim.class,
      description = "STORE: as given to emulharcv --store, when no receiver uses it")
  List<String> arguments = new ArrayList<>();

  @Parameter(
      names = "--out",
      required = true,
      description =
          "File for the image, sparse, with its device state in FILE.state and what they are in"
              + " FILE.json; several VMs have FILE.0, FILE.1, …")
  String file = "";

  @Parameter(
      names = "--checkpoint",
      description =
          "Number of the checkpoint, or base, if the store is damaged and can still prove an older"
              + " one; by default the last")
  @Nullable String checkpoint;

  private static long number(String text) {
    if (text.equals("base")) {
      return -1;
    }
    try {
      long number = Long.parseLong(text);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new ParameterException(
        "--checkpoint takes base or a number from 0 on, not '" + text + "'");
  }

  @Override
  public void run(PrintStream out, PrintStream err) throws IOException {
    require(arguments.size() == 1, "one STORE");
    StoreLocation store = Values.named(StoreLocation::parse, arguments.getFirst());
    Long wanted = checkpoint == null ? null : number(checkpoint);
    for (ImageDescription image :
        store.recover(
            Path.of(file),
            wanted,
            line -> err.println("emulha recover: warning: " + Printable.text(line)))) {
      out.println(
          "%s: %s, digest %s, rebuilt in %d us"
              .formatted(
                  Printable.text(image.vm()),
                  FailOverImages.name(image.checkpoint()),
                  image.imageDigest(),
                  image.writing().recoveryNs() / 1000));
    }
  }
}
