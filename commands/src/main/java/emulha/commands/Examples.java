package emulha.commands;

import java.util.List;

/** Command lines that show how each command is used, for its help. */
final class Examples {
  private static final String LINES =
      """
      demo
      demo --trace out/mine --out out/my-demo
      emulhacp --to 127.0.0.1:7400 --trace out/mine --method delta:cache=32MiB --trials 3 --out out/run
      emulharcv --listen 127.0.0.1:7400 --out out/receiver
      reduce --trace out/mine --method gzip --method zstd:level=1 --base skip --out out/reduced
      recover file:out/store --out out/images
      resume out/vm1.image --series out/vm1 --guest out/vm1.guest --console out/console.txt
      traces capture qemu --recipe idle out/idle
      traces capture uml --vm out/guests/hpcc out/hpcc
      traces capture process --checkpoints 50 --interval 100ms out/sort -- sort big.txt
      traces capture shim out/shim.so
      traces import raw images out/mine --interval 25ms --workload redis
      traces import criu pre.tar.gz dump.tar.gz out/mine --process 1
      traces export flat out/mine --out out/flat
      traces info out/mine
      traces verify out/mine
      traces digest out/mine
      traces corpus hou2013 --out out/corpus --only webshop
      traces image out/mine --at 3 --out out/after-3.raw
      traces merge out/mine out/mine-100ms --every 4
      traces slice out/mine out/some --from 10 --to 20
      traces trim out/mine out/small
      traces pack out/mine out/mine.tar.zst --level 19
      traces unpack out/mine.tar.zst out/again
      traces stats out/mine --out out/stats
      traces synth rubis out/rubis --ram 256MiB --duration 2s --seed 1
      traces fit rubis --out out/fit
      traces scan --out out/scan
      sweep --trace out/mine --method none --method zstd --interval 100ms --trials 5 --out out/sweep
      sweep --plan plan.json --dry-run
      reproduce hou2013 --quick --out out/hou2013
      testbed --rate 1gbit --out out/testbed
      advise --trace out/mine --link 1Gbit --interval 100ms --cpu 10% --memory 64MiB
      learn --trace out/mine --out out/costs.json
      profile --trace out/mine --method delta:cache=32MiB --out out/profile
      compare none zstd --in out/sweep
      figures --in out/sweep --out out/sweep/figures
      notebooks setup
      notebooks run
      keys out/keys
      methods
      version
      """;

  private Examples() {}

  /** Those of a command, without the program's name. */
  static List<String> of(String command) {
    return LINES.lines().filter(line -> Main.commandOf(line.split(" ")).equals(command)).toList();
  }
}
