package emulha.commands.replay;

import com.beust.jcommander.Parameter;
import emulha.commands.options.Command;
import emulha.experiments.engines.Tool;
import emulha.files.Partial;
import emulha.wire.PrivateFile;
import emulha.wire.Tls;
import emulha.wire.Token;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes what {@code --tls} and {@code --token-file} take, for tests. Each end gets a key of its own
 * and trusts the other's certificate and no other; the JDK's keytool makes them.
 */
public final class KeysCommand extends Command {
  public static final String TOKEN = "token";
  public static final String SENDER = "sender";
  public static final String RECEIVER = "receiver";

  private static final String VALID_DAYS = "3650";

  @Parameter(description = "DIRECTORY")
  List<String> directories = new ArrayList<>();

  @Override
  public void run(PrintStream out, PrintStream err) throws IOException, InterruptedException {
    require(directories.size() == 1, "one DIRECTORY to make");
    Path directory = Path.of(directories.getFirst());
    make(directory);
    out.println("receiver: --tls " + directory.resolve(RECEIVER));
    out.println("sender:   --tls " + directory.resolve(SENDER));
    out.println("or both:  --token-file " + directory.resolve(TOKEN));
  }

  /** Makes the directory, which must not be there yet. */
  public static void make(Path directory) throws IOException, InterruptedException {
    make(directory, List.of("-validity", VALID_DAYS));
  }

  /** {@link #make(Path)} with keytool's options that say when the certificates are valid. */
  public static void make(Path directory, List<String> valid)
      throws IOException, InterruptedException {
    Path target = directory.toAbsolutePath().normalize();
    if (Files.exists(target)) {
      throw new IOException(directory + ": exists already; choose another directory");
    }
    try (var made = Partial.of(target)) {
      Path partial =
          Files.createDirectory(
              made.path(),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      PrivateFile.write(partial.resolve(TOKEN), Token.newSecret());
      makeKey(partial, SENDER, valid);
      makeKey(partial, RECEIVER, valid);
      trust(partial, SENDER, RECEIVER);
      trust(partial, RECEIVER, SENDER);
      made.commit();
    }
  }

  private static void makeKey(Path root, String end, List<String> valid)
      throws IOException, InterruptedException {
    Path directory = Files.createDirectory(root.resolve(end));
    PrivateFile.write(directory.resolve(Tls.PASSWORD), Token.newSecret());
    List<String> pair = new ArrayList<>(List.of("-genkeypair", "-keyalg", "EC"));
    pair.addAll(List.of("-groupname", "secp256r1", "-alias", end, "-dname", "CN=emulha " + end));
    pair.addAll(valid);
    keytool(directory, Tls.KEY_STORE, pair);
  }

  /** Gives one end the other's certificate. */
  private static void trust(Path root, String end, String other)
      throws IOException, InterruptedException {
    Path certificate = root.resolve(other).resolve("certificate.pem");
    keytool(
        root.resolve(other),
        Tls.KEY_STORE,
        List.of("-exportcert", "-rfc", "-alias", other, "-file", certificate.toString()));
    keytool(
        root.resolve(end),
        Tls.TRUST_STORE,
        List.of("-importcert", "-noprompt", "-alias", other, "-file", certificate.toString()));
  }

  private static void keytool(Path directory, String store, List<String> what)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of("-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC"));
    command.addAll(what);
    Path file = directory.resolve(store);
    command.addAll(List.of("-storetype", "PKCS12", "-keystore", file.toString()));
    command.addAll(List.of("-storepass:file", directory.resolve(Tls.PASSWORD).toString()));
    Tool.run("keytool", command, ", which is part of a JDK");
    PrivateFile.restrict(file);
  }
}
