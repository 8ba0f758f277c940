#!/usr/bin/env bash
# Shows that a fail-over image is right: records a guest, kills the sender while it replicates the
# recording, and lets the guest go on from what the receiver wrote (docs/FAILOVER.md).
#
#   docs/failover.sh [DIRECTORY]
#
# Environment:
#   EMULHA   the program, by default ./emulha
#   GUEST    a guest that traces/recipes/chain.sh built; by default it is built
set -euo pipefail
export LC_ALL=C
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
emulha=${EMULHA:-$root/emulha}
out=${1:-out/failover}
guest=${GUEST:-$out/guest}

say() { printf '== %s\n' "$*"; }
die() { printf 'failover.sh: %s\n' "$*" >&2; exit 1; }

[ ! -e "$out" ] || die "$out exists already; name another or remove it"
mkdir -p "$out"
receiver= sender=
trap 'kill ${sender:-} ${receiver:-} 2>/dev/null || true' EXIT

# wait_for FILE PATTERN: until a process has written it, at most 60 s.
wait_for() {
  for _ in $(seq 600); do
    ! grep -q "$2" "$1" 2>/dev/null || return 0
    sleep 0.1
  done
  die "no '$2' in $1 within 60 s"
}

# replicate SECONDS: kills the sender so long after its first checkpoint; sets checkpoint.
replicate() {
  "$emulha" emulharcv --listen 127.0.0.1:0 --image-out "$out/image" \
    >"$out/receiver.out" 2>"$out/receiver.log" &
  receiver=$!
  wait_for "$out/receiver.out" "listens on"
  address=$(sed -n 's/.*listens on //p' "$out/receiver.out")
  "$emulha" emulhacp --to "$address" --trace "$out/series" --method delta:cache=32MiB --warmup 0 \
    --out "$out/run-$1" >/dev/null 2>"$out/sender.log" &
  sender=$!
  wait_for "$out/receiver.log" "protected"
  sleep "$1"
  kill -9 "$sender"
  wait "$sender" 2>/dev/null || true
  wait "$receiver" 2>/dev/null || true
  [ -e "$out/image.json" ] || die "the receiver did not fail over; its log is $out/receiver.log"
  checkpoint=$(sed -n 's/.*"checkpoint" : \([0-9]*\),.*/\1/p' "$out/image.json")
}

if [ ! -e "$guest" ]; then
  say "Build the guest"
  "$root/traces/recipes/chain.sh" "$guest"
fi

say "Record it, device state included"
# Twice as long as it takes on an idle machine: on a busy one the guest writes less in that time.
"$emulha" traces capture qemu --clock host --vm "$guest" --checkpoints 160 --interval 50ms --device-state \
  --console "$out/console" "$out/series"

say "Replicate the recording, and kill the sender"
for seconds in 2 4 8; do
  # A busy machine may need longer for the five checkpoints that the last step goes back.
  replicate "$seconds"
  ((${checkpoint:-0} < 5)) || break
done
cat "$out/image.json"
((checkpoint >= 5)) || die "lost before checkpoint 5, too early to have a stale image"

say "The image is the recording's memory at checkpoint $checkpoint"
"$emulha" traces image "$out/series" --at "$checkpoint" --out "$out/expected"
cmp "$out/image" "$out/expected"

say "The guest goes on from it as it did when it was recorded"
"$emulha" resume "$out/image" --series "$out/series" --guest "$guest" --bytes 400 \
  --console "$out/resumed.txt" --recorded-console "$out/console/chain.txt"
cmp "$out/image" "$out/expected"

say "With the memory of five checkpoints earlier it does not"
"$emulha" traces image "$out/series" --at "$((checkpoint - 5))" --out "$out/stale"
cp "$out/image.state" "$out/stale.state"
cp "$out/image.json" "$out/stale.json"
if "$emulha" resume "$out/stale" --series "$out/series" --guest "$guest" --bytes 400 --timeout 15s \
  --console "$out/wrong.txt" --recorded-console "$out/console/chain.txt"; then
  die "a stale image went unnoticed"
fi

say "Proved: checkpoint $checkpoint, byte for byte"
