package emulha.codecs;

import emulha.codecs.delta.Delta;
import emulha.codecs.delta.Fitdoc;
import emulha.codecs.delta.Regions;
import emulha.codecs.delta.Remus;
import emulha.codecs.delta.Xbzrle;
import emulha.codecs.general.Bdi;
import emulha.codecs.general.Brotli;
import emulha.codecs.general.Bzip2;
import emulha.codecs.general.Criu;
import emulha.codecs.general.CriuNaive;
import emulha.codecs.general.Fpc;
import emulha.codecs.general.Gzip;
import emulha.codecs.general.Lz4;
import emulha.codecs.general.Lz4hc;
import emulha.codecs.general.Lzo;
import emulha.codecs.general.Native;
import emulha.codecs.general.Prefix;
import emulha.codecs.general.Resemble;
import emulha.codecs.general.Snappy;
import emulha.codecs.general.Stream;
import emulha.codecs.general.Wkdm;
import emulha.codecs.general.Xz;
import emulha.codecs.general.Zstd;
import emulha.codecs.similarity.Similarity;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** All stages that exist: this project's, and those of jars on the class path. */
public final class Stages {
  private static final List<StageProvider> BUILT_IN =
      List.of(
          new None(), //
          new Zero(),
          new ExcludeFree(),
          new Auto(),
          new Multi(),
          new Gzip("gzip"),
          new Gzip("deflate"),
          new Lz4(),
          new Lz4hc(),
          new Zstd(),
          new Snappy(),
          new Lzo(),
          new Xz(),
          new Bzip2(),
          new Brotli(),
          new Wkdm(),
          new Bdi(),
          new Fpc(),
          new Prefix(),
          new Resemble(),
          new Stream(),
          new Native(),
          new Criu(),
          new CriuNaive(),
          new Delta(),
          new Xbzrle(),
          new Remus(),
          new Fitdoc(),
          new Regions(),
          new Similarity());

  private Stages() {}

  /**
   * Every provider by name.
   *
   * @throws ServiceConfigurationError if two have the same name, or a jar names a class that is no
   *     stage
   */
  public static List<StageProvider> all() {
    var byName = new TreeMap<String, StageProvider>();
    var providers = new java.util.ArrayList<>(BUILT_IN);
    ServiceLoader.load(StageProvider.class).forEach(providers::add);
    for (StageProvider provider : providers) {
      StageProvider other = byName.put(provider.name(), provider);
      if (other != null) {
        throw new ServiceConfigurationError(
            "two stages are named '%s': %s and %s; leave one of their jars out, or rename it"
                .formatted(
                    provider.name(), other.getClass().getName(), provider.getClass().getName()));
      }
    }
    return List.copyOf(byName.values());
  }

  static StageProvider named(String name) {
    return all().stream()
        .filter(p -> p.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown method '%s'; available: %s"
                        .formatted(
                            name,
                            all().stream()
                                .map(StageProvider::name)
                                .collect(Collectors.joining(", ")))));
  }
}
