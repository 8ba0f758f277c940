#!/bin/bash
# What a second encoder thread is worth: four VMs protected together, with encoders=1 and encoders=2 in turns.
#   bench/encoders.sh [ROUNDS]
# Prints for each method and round the time that the sender was at work on the checkpoints (processing_ns:
# without writes to the connection and the wait for the ACK), per page, and what it is with one encoder
# over what it is with two.
# Environment: METHODS  which, "gzip zstd lz4 delta" if not given; those that one stage keeps to one thread
#                       say so
#              TRACES   the VMs' series; the four of the sample hpcc-cluster if not given
#              PORT     where to listen, 7413 if not given
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

rounds=${1:-5}
port=${PORT:-7413}
traces=()
sample=traces/samples/hpcc-cluster-vm
for trace in ${TRACES:-${sample}1-100ms.tar.zst ${sample}2-100ms.tar.zst ${sample}3-100ms.tar.zst ${sample}4-100ms.tar.zst}; do traces+=(--trace "$trace"); done

work=$(mktemp -d)
receiver=
trap '[[ -z $receiver ]] || kill "$receiver" 2>/dev/null; rm -rf "$work"' EXIT

# Nanoseconds per page at work on incremental checkpoints, with method $1: the median over replays.
processing() {
  ./emulha emulharcv --listen "127.0.0.1:$port" >/dev/null 2>&1 &
  receiver=$!
  until ss -ltn "sport = :$port" | grep -q LISTEN; do kill -0 "$receiver"; done
  rm -rf "$work/run"
  ./emulha emulhacp --to "127.0.0.1:$port" "${traces[@]}" --method "$1" --pace virtual --base skip \
    --warmup 5s --trials 7 --out "$work/run" >/dev/null 2>"$work/said" || { cat "$work/said" >&2; exit 1; }
  wait "$receiver"
  receiver=
  # processing_ns is of all VMs together and stands in each one's row.
  python3 - "$work/run/checkpoints.csv" <<'PYTHON' | median
import collections, csv, sys
pages, ns = collections.Counter(), {}
for row in csv.DictReader(open(sys.argv[1], newline="")):
    if row["full"] == "false":
        pages[row["trial"]] += int(row["dirty_pages"])
        ns[row["trial"], row["checkpoint"]] = int(row["processing_ns"])
for trial in pages:
    print(sum(time for (of, _), time in ns.items() if of == trial) / pages[trial])
PYTHON
}
median() { sort -g | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }

printf '%-12s %5s %14s %14s %8s\n' method round "one ns/page" "two ns/page" gain
for method in ${METHODS:-gzip zstd lz4 delta}; do
  case $method in *:*) two=$method,encoders=2 ;; *) two=$method:encoders=2 ;; esac
  for ((round = 1; round <= rounds; round++)); do
    one=$(processing "$method")
    both=$(processing "$two")
    awk -v method="$method" -v round="$round" -v one="$one" -v two="$both" \
      'BEGIN { printf "%-12s %5d %14.0f %14.0f %8.2f\n", method, round, one, two, one / two }'
  done | tee "$work/table"
  printf '%-12s median gain %s\n' "$method" "$(awk '{ print $5 }' "$work/table" | median)"
done
