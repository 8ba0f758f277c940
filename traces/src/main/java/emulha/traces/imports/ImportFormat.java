package emulha.traces.imports;

import emulha.names.Names;
import emulha.traces.imports.criu.CriuImport;
import emulha.traces.imports.image.ImageFormat;
import emulha.traces.imports.image.ImageImport;
import emulha.traces.imports.image.XenImport;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A foreign format that can be made a series.
 *
 * @param name as on the command line
 * @param options what it takes beside source and destination
 * @param importer reads it
 */
public record ImportFormat(String name, Set<Option> options, Importer importer) {
  /** What an import may be told. */
  public enum Option {
    INTERVAL,
    VM,
    WORKLOAD,
    PAGE_SIZE,
    /** Which process. */
    PROCESS,
    /** Which file is the base. */
    BASE,
    /** That zeros are contents. */
    TRUST_ZEROS,
    /** Several sources: archives that belong together. */
    ARCHIVES
  }

  private static final Set<Option> GIVEN = Set.of(Option.INTERVAL, Option.VM, Option.WORKLOAD);

  /** All formats, in the order of their names. */
  public static final List<ImportFormat> ALL =
      List.of(
          images(ImageFormat.AVML),
          new ImportFormat(
              "criu", with(Option.PROCESS, Option.TRUST_ZEROS, Option.ARCHIVES), CriuImport::run),
          images(ImageFormat.ELF),
          new ImportFormat("firecracker", with(Option.BASE), FirecrackerImport::run),
          new ImportFormat(
              "flat",
              Set.of(),
              (request, progress) ->
                  FlatImport.run(request.source(), request.destination(), progress)),
          images(ImageFormat.KDUMP),
          images(ImageFormat.LIME),
          images(ImageFormat.QEMU),
          images(ImageFormat.RAW),
          new ImportFormat("xen", GIVEN, XenImport::run));

  public ImportFormat {
    options = Set.copyOf(options);
  }

  /**
   * The format of a name.
   *
   * @throws IllegalArgumentException if there is none; names all
   */
  public static ImportFormat named(String name) {
    return Names.choose("format", name, ALL, ImportFormat::name);
  }

  /** Names of all formats, separated by commas. */
  public static String names() {
    return ALL.stream().map(ImportFormat::name).collect(Collectors.joining(", "));
  }

  private static Set<Option> with(Option... more) {
    var all = new HashSet<>(GIVEN);
    all.addAll(List.of(more));
    return all;
  }

  private static ImportFormat images(ImageFormat format) {
    return new ImportFormat(
        format.importName(),
        with(Option.PAGE_SIZE),
        (request, progress) ->
            ImageImport.run(
                request.source(), format, request.destination(), request.provenance(), progress));
  }
}
