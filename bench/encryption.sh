#!/bin/bash
# What TLS costs: the same replay without and with it, in turns, so that both meet the same machine.
# Usage: bench/encryption.sh [ROUNDS [METHOD]]
# Environment: TRACE    what to replay, the sample ffmpeg-100ms if not given
#              PORT     where to listen, 7412 if not given
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

rounds=${1:-5}
method=${2:-none}
trace=${TRACE:-traces/samples/ffmpeg-100ms.tar.zst}
port=${PORT:-7412}

work=$(mktemp -d)
receiver=
trap '[[ -z $receiver ]] || kill "$receiver" 2>/dev/null; rm -rf "$work"' EXIT
./emulha keys "$work/keys" >/dev/null

printf '%5s %8s %12s %14s %16s %18s\n' \
  round security "transfer ms" "encryption ms" "sender us/page" "receiver us/page"
for ((round = 1; round <= rounds; round++)); do
  for security in none tls; do
    at_receiver=() at_sender=()
    if [[ $security == tls ]]; then
      at_receiver=(--tls "$work/keys/receiver") at_sender=(--tls "$work/keys/sender")
    fi
    ./emulha emulharcv --listen "127.0.0.1:$port" "${at_receiver[@]}" >/dev/null 2>&1 &
    receiver=$!
    until ss -ltn "sport = :$port" | grep -q LISTEN; do kill -0 "$receiver"; done
    ./emulha emulhacp --to "127.0.0.1:$port" "${at_sender[@]}" --trace "$trace" --method "$method" \
      --pace asap --base skip --warmup 10 --trials 5 --out "$work/$security$round" >/dev/null 2>&1
    wait "$receiver"
    receiver=
    awk -F, -v round="$round" -v security="$security" '
      NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
      { n = $column["checkpoints"]; pages = $column["dirty_pages"]
        printf "%5d %8s %12.3f %14.3f %16.3f %18.3f\n", round, security,
          $column["transfer_ns"] / n / 1e6, $column["encryption_ns"] / n / 1e6,
          $column["sender_cpu_ns"] / pages / 1e3, $column["receiver_cpu_ns"] / pages / 1e3 }' \
      "$work/$security$round/runs.csv"
  done
done | tee "$work/table"
for security in none tls; do
  for field in 3 4 5 6; do
    awk -v s="$security" -v f="$field" '$2 == s { print $f }' "$work/table" | sort -n |
      awk '{ v[NR] = $1 } END { printf "%s ", (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
  done | sed "s/^/median, $security: /"
  echo
done
