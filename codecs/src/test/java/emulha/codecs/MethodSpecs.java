package emulha.codecs;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Every method and pipeline that the contract tests try. */
final class MethodSpecs {
  private static final List<String> LISTED =
      """
      none
      gzip
      gzip:level=1
      gzip:level=9,scope=checkpoint
      deflate:level=3
      gzip:engine=libdeflate
      deflate:level=1,engine=libdeflate,scope=checkpoint
      lz4
      lz4:level=9
      lz4:scope=checkpoint
      zstd
      zstd:level=-5
      zstd:level=19
      zstd:scope=checkpoint
      zstd:train=1,size=1KiB
      zero+zstd:train=2,size=4KiB,level=1
      lz4hc
      lz4hc:level=12,scope=checkpoint
      bzip2
      bzip2:scope=checkpoint
      brotli
      brotli:level=0
      brotli:level=11,scope=checkpoint
      wkdm
      wkdm:scope=checkpoint
      bdi
      bdi:line=32,scope=checkpoint
      fpc
      zero+fpc:scope=checkpoint
      regions
      regions:size=64+lz4
      regions:size=1024,hash=xxh3-128,verify=true
      zero+regions:size=128,verify=true+wkdm+gzip:scope=checkpoint
      snappy
      snappy:scope=checkpoint
      lzo
      lzo:scope=checkpoint
      xz
      xz:level=0,scope=checkpoint
      zero
      none:encoders=2
      zero+lz4:encoders=5
      exclude-free
      exclude-free+delta:cache=32KiB+zstd:level=1
      exclude-free+prefix
      exclude-free+stream:window=1MiB
      lz4+delta:cache=32KiB
      gzip:level=1+prefix:level=1
      auto
      auto:stages=criu/prefix:level=1;history=unlimited/snappy,link=100Mbit+zstd
      auto:stages=zero/prefix:level=1/lz4:level=3;scope=page,link=40Gbit,encoders=2
      criu
      criu:block=64KiB,codec=zstd
      criu:region=256KiB
      criu:region=64KiB,acceleration=8
      criu-naive
      prefix
      prefix:level=1,history=40KiB
      zero+prefix:encoders=2
      delta:cache=32KiB+prefix:level=-3+lz4
      resemble
      resemble:features=n-transform,tries=4,most=4095,history=40KiB+zstd:level=1
      resemble:features=finesse,tries=1,most=300,level=1
      zero+resemble:sampling=1,history=unlimited+lz4
      exclude-free+resemble:sampling=4,history=20KiB
      multi:connections=4+zstd:level=1
      zero+multi+lz4:encoders=2
      stream:window=1MiB
      zero+stream:window=64KiB,level=1
      similarity:chunk=256+stream:window=128KiB
      zero+zstd:level=1
      same-byte+lz4
      zero+lz4+gzip:scope=checkpoint
      delta
      delta:cache=20KiB
      delta:cache=20KiB,loops=bytewise
      delta:cache=4KiB+gzip
      delta:cache=unlimited,misses=whole+gzip
      delta:cache=64KiB,policy=direct,encoding=xbzrle
      delta:cache=32KiB,encoding=remus
      delta:cache=32KiB,encoding=words+gzip:scope=checkpoint
      delta:cache=32KiB,encoding=xor+gzip
      delta:cache=32KiB,encoding=xor,misses=next+gzip:scope=checkpoint
      xbzrle:cache=16KiB
      xbzrle:cache=64KiB,zeros=encoded+gzip
      remus:cache=unlimited
      fitdoc:cache=36KiB
      similarity
      similarity:chunk=1KiB,verify=true,hash=xxh3-128+gzip
      similarity:chunk=4KiB,hash=sha256+gzip:scope=checkpoint
      similarity:hash=md5-single
      similarity:hash=sha1
      similarity:chunk=1KiB,hash=blake3,lifetime=2,entries=300+lz4
      similarity:lifetime=forever,entries=37
      similarity:lifetime=3,entries=200,verify=true+gzip
      similarity:chunk=1KiB,lifetime=forever
      similarity:boundaries=rabin
      similarity:chunk=1KiB,boundaries=rabin,lifetime=2,entries=90,verify=true+lz4
      similarity:chunk=4KiB,boundaries=rabin,hash=xxh3-128,verify=true
      """
          .lines()
          .toList();

  /**
   * Those that need nothing of the machine: the listed ones, and every stage of this project that
   * is in none of them by its bare name, so that none can be left out.
   */
  static final List<String> BUILT_IN = builtIn();

  static final List<String> ALL = all();

  private static List<String> builtIn() {
    List<String> specs = new ArrayList<>(LISTED);
    for (StageProvider provider : Stages.all()) {
      if (provider.getClass().getName().startsWith("emulha.codecs.")
          && !provider.needsParameters()
          && !isIn(specs, provider.name())) {
        specs.add(provider.name());
      }
    }
    return List.copyOf(specs);
  }

  /** Whether a stage is in one of these specifications. */
  static boolean isIn(List<String> specs, String stage) {
    return specs.stream()
        .flatMap(spec -> Arrays.stream(spec.split("\\+", -1)))
        .anyMatch(part -> part.equals(stage) || part.startsWith(stage + ":"));
  }

  private static List<String> all() {
    List<String> specs = new ArrayList<>(BUILT_IN);
    specs.addAll(NativeLibraries.specs());
    return List.copyOf(specs);
  }

  private MethodSpecs() {}
}
