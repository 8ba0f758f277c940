package emulha.traces.imports.image;

import emulha.files.DamagedFileException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Files known by how they begin, so that one is refused by its name, and not read as another.
 *
 * @param magic first bytes, one character each
 * @param name what the file is
 * @param advice what to do with it
 * @param format the format that reads it; null if none does
 */
public record KnownFile(String magic, String name, String advice, @Nullable ImageFormat format) {
  /** Name of what a decompressor of gzip takes. */
  public static final String GZIP = "a gzip file";

  /** Name of what a decompressor of zstd takes. */
  public static final String ZSTD = "a zstd file";

  private static final int MAX_MAGIC = 64;

  private static final List<KnownFile> ALL =
      List.of(
          packed("\u001f\u008b\u0008", GZIP, "gunzip"),
          packed("(\u00b5/\u00fd", ZSTD, "zstd -d"),
          packed("\u0004\"M\u0018", "an LZ4 file", "lz4 -d"),
          packed("\u00fd7zXZ\0", "an xz file", "xz -d"),
          packed("BZh", "a bzip2 file", "bunzip2"),
          packed("PK\u0003\u0004", "a zip archive", "unzip"),
          packed("7z\u00bc\u00af'\u001c", "a 7z archive", "7z x"),
          read("\u007fELF", "an ELF file", ImageFormat.ELF),
          read("EMiL", "a LiME file", ImageFormat.LIME),
          read("QEVM", "a QEMU migration", ImageFormat.QEMU),
          read("LibvirtQemudSave", "a file of virsh save", ImageFormat.QEMU),
          read("LibvirtQemudPart", "an incomplete file of virsh save", ImageFormat.QEMU),
          read("Xen saved domain", "a file of xl save", ImageFormat.XEN),
          read("LibxlFmt", "a migration stream of libxl", ImageFormat.XEN),
          read(
              "\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ffXENF",
              "a migration stream of libxc",
              ImageFormat.XEN),
          read("AVML", "an AVML file", ImageFormat.AVML),
          read("KDUMP   ", "a kdump-compressed dump", ImageFormat.KDUMP),
          read("makedumpfile", "a flattened kdump-compressed dump", ImageFormat.KDUMP),
          new KnownFile("QFI\u00fb", "a qcow2 disk image", "it holds no plain RAM", null),
          new KnownFile("KDMV", "a VMDK disk image", "it holds no RAM", null),
          new KnownFile("PAGEDU", "a Windows crash dump", "convert it to a raw image", null),
          new KnownFile("LUKS\u00ba\u00be", "an encrypted volume", "decrypt it first", null),
          new KnownFile("Salted__", "a file encrypted by openssl", "decrypt it first", null),
          new KnownFile("age-encryption.org", "a file encrypted by age", "decrypt it first", null),
          new KnownFile("EMUPAGES", "a file of a series", "it needs no import", null));

  private static KnownFile packed(String magic, String name, String command) {
    return new KnownFile(magic, name, "unpack it first (" + command + ")", null);
  }

  private static KnownFile read(String magic, String name, ImageFormat format) {
    return new KnownFile(
        magic, name, "import it with: traces import " + format.importName(), format);
  }

  /** Which known file begins so, or null. */
  public static @Nullable KnownFile of(Path file) throws IOException {
    String start;
    try (InputStream in = Files.newInputStream(file)) {
      start = new String(in.readNBytes(MAX_MAGIC), StandardCharsets.ISO_8859_1);
    }
    return ALL.stream().filter(known -> start.startsWith(known.magic())).findFirst().orElse(null);
  }

  /**
   * Refuses a known file of another format.
   *
   * @param format the one expected
   */
  public static void refuseOthers(Path file, ImageFormat format) throws IOException {
    KnownFile known = of(file);
    if (known != null && known.format() != format) {
      throw new DamagedFileException(
          file.toString(),
          0,
          "expected " + expected(format) + ", found " + known.name() + "; " + known.advice());
    }
  }

  private static String expected(ImageFormat format) {
    return ALL.stream()
        .filter(known -> known.format() == format)
        .map(KnownFile::name)
        .findFirst()
        .orElse("a plain RAM image");
  }
}
