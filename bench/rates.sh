#!/bin/bash
# CPU seconds per GB of dirty pages that points without network and clock take, by method: what
# docs/SCALE.md computes with. Starting the JVM, reading, compressing, decompressing and proving are all
# in it.
# Usage: bench/rates.sh [SECONDS_OF_RECORDING]
# Environment: SERIES   a series to take instead of a synthetic one with checkpoints of 115 MB
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

seconds=${1:-20}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
series=${SERIES:-}
if [[ -z $series ]]; then
  ./emulha traces synth --ram 1GiB --interval 1s --duration "${seconds}s" --base touched voltdb "$work/voltdb" >/dev/null 2>&1
  series=$work/voltdb
fi

TIMEFORMAT='%U %S'
# CPU seconds of replaying series $1 through method $2, into directory $3.
cpu() {
  { time ./emulha reduce --trace "$1" --method "$2" --base skip --out "$3" >/dev/null 2>&1; } 2>&1 | awk '{ print $1 + $2 }'
}
# raw_bytes and payload_bytes of the run in directory $1.
bytes() {
  sed 's/"[^"]*"//g' "$1/runs.csv" | awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
    { print $column["raw_bytes"], $column["payload_bytes"] }'
}

printf '%-22s %9s %12s %20s\n' method "CPU s/GB" "GB/CPU hour" "traffic reduction %"
n=0
for method in none gzip delta:cache=16MiB delta:cache=32MiB similarity:chunk=256 similarity:chunk=1KiB similarity:chunk=4KiB; do
  n=$((n + 1))
  spent=$(cpu "$series" "$method" "$work/run$n")
  echo "$method $spent $(bytes "$work/run$n")"
done | awk '
  {
    rate[$1] = $2 / $3 * 1e9; total += rate[$1]
    printf "%-22s %9.2f %12.0f %20.1f\n", $1, rate[$1], 3600 / rate[$1], 100 * (1 - $4 / $3)
  }
  END {
    printf "%-22s %9.2f\n", "all seven", total
    # Hou, Table 2: average checkpoint in MB; two minutes of each.
    n = split("5000 2000 1000 100 50 25", ms, " ")
    size["HPC-C"] = "19.3 18.2 13.1 3.1 2.1 1.7"; size["RUBiS"] = "13.0 11.4 8.2 4.4 4.1 3.7"
    size["FFmpeg"] = "19.0 12.9 10.8 8.0 6.8 5.4"; size["VoltDB"] = "396.7 207.5 114.4 20.0 13.2 9.6"
    for (workload in size) {
      split(size[workload], mb, " ")
      for (i = 1; i <= n; i++) {
        gb = 120000 / ms[i] * mb[i] / 1000
        content += gb; checkpoints += 120000 / ms[i]
        vms4 = workload == "HPC-C" ? 5 : 1 # S1 is four of these, S2 one of each
        for (method in rate) {
          replays = 1 + (method ~ /^similarity/ ? vms4 : 0)
          work = gb * rate[method]
          offline += replays * work
          timed += 2.5 + work + (work > 120 ? work : 120); points++
        }
      }
    }
    for (i = 1; i <= n; i++) {
      s1 = 4 * split_mb("HPC-C", i); s2 = 0
      for (workload in size) s2 += split_mb(workload, i)
      for (method in rate) if (method ~ /^similarity/) {
        w1 = 120000 / ms[i] * s1 / 1000 * rate[method]; w2 = 120000 / ms[i] * s2 / 1000 * rate[method]
        timed += 5 + w1 + w2 + (w1 > 120 ? w1 : 120) + (w2 > 120 ? w2 : 120); points += 2
      }
    }
    printf "Hou grid: %.0f GB of dirty pages in 24 recordings of one VM, %d checkpoints\n", content, checkpoints
    printf "Hou grid, offline: %.1f CPU hours\n", offline / 3600
    printf "Hou grid, timed, 5 trials: %d points, %.0f node hours\n", 5 * points, 2 * 5 * timed / 3600
    printf "10 TB, offline, all seven methods: %.0f CPU hours\n", 1e4 * total / 3600
  }
  function split_mb(workload, i,   mb) { split(size[workload], mb, " "); return mb[i] }'
