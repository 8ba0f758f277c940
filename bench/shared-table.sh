#!/bin/bash
# What a table of chunks shared between hosts is worth: four VMs of a cluster on two hosts, each with a
# sender and a receiver of its own, and a Redis server that all of them reach over loopback.
# Usage: bench/shared-table.sh [TRIALS]
# Environment: CHUNK   256 (if not given), 1KiB or 4KiB
#              HASH    md5 (if not given) or sha256
#              PORT    where to begin to listen, 7420 if not given
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

trials=${1:-5}
chunk=${CHUNK:-256}
hash=${HASH:-md5}
port=${PORT:-7420}
for tool in redis-server redis-cli; do
  command -v "$tool" >/dev/null || { echo "shared-table.sh: $tool is missing; install the package redis-server" >&2; exit 2; }
done
sample() { echo "traces/samples/hpcc-cluster-vm$1-100ms.tar.zst"; }
# VM 3 and VM 4 work on one problem, VM 1 and VM 2 each on its own.
hosts=("1 3" "2 4")

work=$(mktemp -d)
children=()
cleanup() { for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done; rm -rf "$work"; }
trap cleanup EXIT
redis-server --bind 127.0.0.1 --port "$port" --save '' --appendonly no --dir "$work" >/dev/null &
children+=($!)
until redis-cli -p "$port" ping >/dev/null 2>&1; do sleep 0.1; done

listening() { until ss -ltn "sport = :$1" | grep -q LISTEN; do sleep 0.1; done; }
memory() { redis-cli -p "$port" info memory | tr -d '\r' | awk -F: -v key="$1" '$1 == key { print $2 }'; }

# Sum of the columns $2… over the incremental rows of the files matching $1, then their number.
sums() {
  local files=$1
  shift
  # shellcheck disable=SC2086
  awk -F, -v names="$*" '
    { gsub(/"[^"]*"/, "") }
    FNR == 1 { n = split(names, name, " "); for (i = 1; i <= NF; i++) column[$i] = i; next }
    $column["full"] == "false" { rows++; for (i = 1; i <= n; i++) sum[i] += $column[name[i]] }
    END { for (i = 1; i <= n; i++) printf "%.0f ", sum[i]; print rows }' $files
}

# One line of the table: $1 names it, $2 is the method.
measure() {
  local out=$work/$1 senders=() receivers=() host vms traces
  redis-cli -p "$port" flushall >/dev/null
  redis-cli -p "$port" config resetstat >/dev/null
  local before=$(memory used_memory_dataset)
  for host in 0 1; do
    ./emulha emulharcv --listen "127.0.0.1:$((port + 1 + host))" --allow-table "redis://127.0.0.1:$port" >/dev/null 2>"$work/receiver$host" &
    receivers+=($!)
    children+=($!)
    listening $((port + 1 + host))
  done
  for host in 0 1; do
    traces=()
    for vm in ${hosts[host]}; do traces+=(--trace "$(sample "$vm")"); done
    ./emulha emulhacp --to "127.0.0.1:$((port + 1 + host))" "${traces[@]}" --method "$2" --base skip \
      --warmup 1 --trials "$trials" --run-id "$1-$host" --out "$out-$host" >/dev/null 2>"$work/sender$host" &
    senders+=($!)
    children+=($!)
  done
  local most=0 now
  while kill -0 "${senders[0]}" 2>/dev/null || kill -0 "${senders[1]}" 2>/dev/null; do
    now=$(($(memory used_memory_dataset) - before))
    ((now <= most)) || most=$now
    sleep 0.2
  done
  for host in 0 1; do
    wait "${senders[host]}" || { cat "$work/sender$host" "$work/receiver$host" >&2; exit 1; }
    wait "${receivers[host]}"
  done
  sums "$out-?/checkpoints.csv" raw_bytes payload_bytes wire_bytes transfer_ns sender_cpu_ns receiver_cpu_ns dirty_pages \
    named_chunks missing_chunks table_round_trips sender_memory_bytes receiver_memory_bytes |
    awk -v name="$1" -v most="$most" '{
      rows = $13
      printf "%s %d %d %d %.3f %.0f %.0f %d %d %.2f %.0f %.0f %.0f\n", name, $1, $2, $3, $4 / rows / 1e6,
        $5 / $7, $6 / $7, $8, $9, $10 / rows, $11 / rows / 1024, $12 / rows / 1024, most / 1024 }'
}

table="table=redis://127.0.0.1:$port"
for lifetime in interval 5 forever; do
  measure "host,$lifetime" "similarity:chunk=$chunk,hash=$hash,lifetime=$lifetime"
  measure "shared,$lifetime" "similarity:chunk=$chunk,hash=$hash,lifetime=$lifetime,$table"
done | tee "$work/figures" | awk '
  BEGIN { printf "%-16s %8s %8s %9s %9s %9s %8s %8s %6s %8s %8s %9s\n", "table,lifetime", "payload%", "wire%",
    "transf ms", "snd ns/pg", "rcv ns/pg", "named", "missing", "trips", "snd KiB", "rcv KiB", "redis KiB" }
  { printf "%-16s %8.2f %8.2f %9.2f %9d %9d %8d %8d %6.2f %8d %8d %9d\n", $1, 100 * (1 - $3 / $2), 100 * (1 - $4 / $2),
    $5, $6, $7, $8, $9, $10, $11, $12, $13; fflush() }'
awk -v trials="$trials" '
  { split($1, name, ","); wire[$1] = $4; ms[$1] = $5; raw = $2; lifetimes[name[2]] = 1 }
  END {
    for (lifetime in lifetimes) {
      saved = wire["host," lifetime] - wire["shared," lifetime]
      added = ms["shared," lifetime] - ms["host," lifetime]
      # Two hosts, each with a transfer for its two VMs.
      each = saved / trials / checkpoints / 2
      printf "lifetime %s: sharing saves %.0f bytes on the wire a checkpoint and takes %.2f ms longer: ", lifetime, each, added
      if (each <= 0) print "it never pays"
      else if (added <= 0) print "it pays on any link"
      else printf "it pays below %.0f Mbit/s\n", each * 8 / added / 1e3
    }
  }' checkpoints="$(tail -n +2 "$work/host,interval-0/checkpoints.csv" | sed 's/"[^"]*"//g' | cut -d, -f2,8 | sort -u | grep -c '^1,')" "$work/figures"
