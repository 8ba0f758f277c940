#!/bin/bash
# Method none over loopback, checkpoints, checksums, verification and all, beside what moves the same bytes
# with nothing else: iperf3, sending as many bytes at once as a checkpoint has, and a program in C
# (src/main/c/burst.c) that sends them once, receives them once, and waits for one byte. In each round they
# take turns, so that all meet the same machine.
#   bench/loopback.sh [ROUNDS]
# Prints, for checkpoints of 1, 10 and 115 MB, bytes a second in transfers and CPU time per page of sender
# and receiver together, by round, and the medians of the ratios. In the end the base, in stretches of 64 MB.
# Environment: SIZES    which checkpoints, in MB: "1 10 115" if not given
#              SERIES   a series to replay instead of the synthetic ones
#              SPIN     watch the connection so long before blocking, such as 50us: no CPU time then
#              PORT     where to listen, 7411 if not given
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

rounds=${1:-5}
port=${PORT:-7411}
spin=(${SPIN:+--spin "$SPIN"})
for tool in iperf3:iperf3 ss:iproute2 cc:gcc; do
  command -v "${tool%%:*}" >/dev/null || { echo "loopback.sh: ${tool%%:*} is missing; install the package ${tool##*:}" >&2; exit 2; }
done

work=$(mktemp -d)
receiver=
trap '[[ -z $receiver ]] || kill "$receiver" 2>/dev/null; rm -rf "$work"' EXIT
cc -O3 -o "$work/burst" bench/src/main/c/burst.c

# Bytes a second that iperf3's receiver saw of $1 bytes, each time over a connection of its own: the median
# of $2 times.
iperf() {
  for ((i = 0; i < $2; i++)); do
    iperf3 --server --one-off --port "$port" >/dev/null &
    local server=$!
    until ss -ltn "sport = :$port" | grep -q LISTEN; do :; done
    iperf3 --client 127.0.0.1 --port "$port" --bytes "$1" --format k |
      awk '/receiver/ { for (i = 1; i < NF; i++) if ($(i + 1) == "Kbits/sec") printf "%.0f\n", $i * 125 }'
    wait "$server"
  done | median 1
}

median() { awk -v c="$1" '{ print $c }' | sort -g | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }

# Of the counted checkpoints in directory $1: mean bytes; of the median transfer, bytes a second; CPU ns per
# page of sender and receiver, empty if they span.
replayed() {
  awk -F, '
    NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
    $column["full"] == "false" {
      print $column["wire_bytes"] / $column["transfer_ns"] * 1e9, $column["wire_bytes"], $column["dirty_pages"],
        $column["sender_cpu_ns"] == "" ? "-" : $column["sender_cpu_ns"],
        $column["receiver_cpu_ns"] == "" ? "-" : $column["receiver_cpu_ns"]
    }' "$1/checkpoints.csv" >"$work/rows"
  awk -v speed="$(median 1 <"$work/rows")" '
    { bytes += $2; pages += $3; if ($4 == "-") none = 1; sender += $4; receiver += $5 }
    END { printf "%.0f %.0f %s %s\n", bytes / NR, speed, none ? "-" : sender / pages, none ? "-" : receiver / pages }' \
    "$work/rows"
}

# Bytes a second of the base of the run in directory $1.
base_moved() {
  awk -F, '
    NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
    $column["full"] == "true" { bytes += $column["wire_bytes"]; ns += $column["transfer_ns"] }
    END { if (ns) printf "%.0f\n", bytes / ns * 1e9 }' "$1/checkpoints.csv"
}

# Rounds with the series $1, named $2, replayed with a warm-up of $3 and $4 counted times.
contest() {
  printf '\n%s\n' "$2"
  printf '%5s %10s %10s %10s %10s %8s %8s %12s %10s %8s\n' \
    round "ours MB/s" iperf3 C "" /iperf3 /C "ours ns/page" "C ns/page" ratio
  : >"$work/base"
  for ((round = 1; round <= rounds; round++)); do
    ./emulha emulharcv --listen "127.0.0.1:$port" "${spin[@]}" >/dev/null 2>&1 &
    receiver=$!
    until ss -ltn "sport = :$port" | grep -q LISTEN; do kill -0 "$receiver"; done
    rm -rf "$work/run"
    ./emulha emulhacp --to "127.0.0.1:$port" "${spin[@]}" --trace "$1" --method none --pace asap --base send \
      --warmup "$3" --trials "$4" --out "$work/run" >/dev/null 2>&1
    wait "$receiver"
    receiver=
    read -r bytes speed sender other <<<"$(replayed "$work/run")"
    base_moved "$work/run" >>"$work/base"
    bursts=$((2000000000 / bytes < 20 ? 20 : 2000000000 / bytes))
    read -r peer peer_sender peer_other <<<"$("$work/burst" "$bytes" "$bursts" 1000)"
    streamed=$(iperf "$bytes" 7)
    awk -v round="$round" -v speed="$speed" -v peer="$peer" -v streamed="$streamed" -v sender="$sender" \
      -v other="$other" -v c="$peer_sender" -v d="$peer_other" 'BEGIN {
        printf "%5d %10.0f %10.0f %10.0f %10s %8.2f %8.2f", round, speed / 1e6, streamed / 1e6, peer / 1e6, "",
          speed / streamed, speed / peer
        if (sender == "-") printf " %12s %10.0f %8s\n", "-", c + d, "-"
        else printf " %12.0f %10.0f %8.2f\n", sender + other, c + d, (sender + other) / (c + d) }'
  done | tee "$work/table"
  printf 'median of the ratios: %s of iperf3, %s of C' "$(median 5 <"$work/table")" "$(median 6 <"$work/table")"
  [[ -n ${SPIN:-} ]] || printf '; CPU %s of C' "$(median 9 <"$work/table")"
  printf '\n'
  if [[ -s $work/base ]]; then printf 'base: %.0f MB/s, median\n' "$(awk '{ print $1 / 1e6 }' "$work/base" | median 1)"; fi
}

if [[ -n ${SERIES:-} ]]; then
  contest "$SERIES" "$SERIES" 5s 3
else
  for size in ${SIZES:-1 10 115}; do
    case $size in
      1) scale=0.0087 seconds=40 ;;
      10) scale=0.087 seconds=20 ;;
      *) scale=$(awk -v s="$size" 'BEGIN { print s / 115 }') seconds=6 ;;
    esac
    ./emulha traces synth --ram 1GiB --interval 1s --duration "${seconds}s" --scale "$scale" --base touched voltdb \
      "$work/series" >/dev/null 2>&1
    contest "$work/series" "checkpoints of $size MB" 3s 3
    rm -rf "$work/series"
  done
fi
