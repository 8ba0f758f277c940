#!/bin/bash
# How much of what iperf3 moves over loopback method none moves, checkpoints, checksums and all.
# In each round iperf3 and a replay take turns, so that both meet the same machine.
# Usage: bench/loopback.sh [ROUNDS]
# Environment: SERIES   a series to replay, instead of a synthetic one with checkpoints of 115 MB
#              PORT     where to listen, 7411 if not given
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

rounds=${1:-5}
port=${PORT:-7411}
command -v iperf3 >/dev/null || { echo "loopback.sh: iperf3 is missing; install the package iperf3" >&2; exit 2; }

work=$(mktemp -d)
receiver=
trap '[[ -z $receiver ]] || kill "$receiver" 2>/dev/null; rm -rf "$work"' EXIT
series=${SERIES:-}
if [[ -z $series ]]; then
  series=$work/voltdb
  ./emulha traces synth --ram 1GiB --interval 1s --duration 6s --base touched voltdb "$series" 2>/dev/null
fi

# Bytes a second that iperf3's receiver saw in three seconds.
iperf() {
  iperf3 --server --one-off --port "$port" >/dev/null &
  local server=$!
  until ss -ltn "sport = :$port" | grep -q LISTEN; do :; done
  iperf3 --client 127.0.0.1 --port "$port" --time 3 --format k |
    awk '/receiver/ { for (i = 1; i < NF; i++) if ($(i + 1) == "Kbits/sec") printf "%.0f\n", $i * 125 }'
  wait "$server"
}

# Sum of wire_bytes over sum of transfer_ns, as bytes a second, of the rows whose `full` is $1.
moved() {
  awk -F, -v full="$1" '
    NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
    $column["full"] == full { bytes += $column["wire_bytes"]; ns += $column["transfer_ns"] }
    END { printf "%.0f\n", bytes / ns * 1e9 }' "$2"
}

printf '%5s %12s %14s %6s %14s %6s\n' round "iperf3 MB/s" "full MB/s" ratio "incremental" ratio
for ((round = 1; round <= rounds; round++)); do
  peer=$(iperf)
  ./emulha emulharcv --listen "127.0.0.1:$port" --out "$work/receiver$round" >/dev/null 2>&1 &
  receiver=$!
  until ss -ltn "sport = :$port" | grep -q LISTEN; do kill -0 "$receiver"; done
  ./emulha emulhacp --to "127.0.0.1:$port" --trace "$series" --method none --pace asap --base send \
    --warmup 2 --trials 3 --out "$work/sender$round" >/dev/null 2>&1
  wait "$receiver"
  receiver=
  awk -v round="$round" -v peer="$peer" -v full="$(moved true "$work/sender$round/checkpoints.csv")" \
    -v more="$(moved false "$work/sender$round/checkpoints.csv")" 'BEGIN {
      printf "%5d %12.0f %14.0f %6.2f %14.0f %6.2f\n",
        round, peer / 1e6, full / 1e6, full / peer, more / 1e6, more / peer }'
done | tee "$work/table"
median() { awk -v c="$1" '{ print $c }' "$work/table" | sort -n | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }
printf 'median of the ratios: full %s, incremental %s\n' "$(median 4)" "$(median 6)"
