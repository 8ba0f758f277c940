#!/bin/bash
# How memory and time grow: with the number of checkpoints, of VMs, and with the RAM of a VM that touches
# little of it.
#   bench/scale.sh
# Prints Markdown tables of replays by both emulators, with `none` and `delta:cache=16MiB`: seconds from
# starting both until both have ended, CPU seconds of both, and the most memory that each had, in MB. The
# heaps are held to HEAP, so that memory is what the work needs, and not what a collector leaves lying.
# Environment: PARTS    which tables: "checkpoints vms ram" if not given
#              HEAP     of each JVM, 1g if not given
#              PORT     where to listen, 7415 if not given
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

port=${PORT:-7415}
export EMULHA_JAVA_OPTS=-Xmx${HEAP:-1g}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Replays the series $2… by method $1, and prints seconds, CPU seconds, and MB of sender and receiver.
replay() {
  python3 - "$port" "$work/out" "$@" <<'PYTHON'
import os, resource, shutil, subprocess, sys, time
port, out, method, *series = sys.argv[1:]
address = "127.0.0.1:" + port
traces = [word for trace in series for word in ("--trace", trace)]
shutil.rmtree(out, ignore_errors=True)
start = time.monotonic()
receiver = subprocess.Popen(["./emulha", "emulharcv", "--listen", address, "--max-ram", str(1 << 20)],
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
sender = subprocess.Popen(["./emulha", "emulhacp", "--to", address, *traces, "--method", method, "--pace", "asap",
                           "--base", "send", "--warmup", "0", "--connect", "30s", "--out", out],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
cpu, most = 0, {}
for name, process in (("sender", sender), ("receiver", receiver)):
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        receiver.kill()
        sys.exit("scale.sh: the %s fails: %s" % (name, process.stderr.read().decode()))
    cpu += usage.ru_utime + usage.ru_stime
    most[name] = usage.ru_maxrss / 1000
print("%.1f | %.1f | %.0f | %.0f" % (time.monotonic() - start, cpu, most["sender"], most["receiver"]))
PYTHON
}

header() {
  printf '\n| %s | dirty pages MB | method | s | CPU s | sender MB | receiver MB |\n|---|---|---|---|---|---|---|\n' "$1"
}

# A line for each method: what $1 is, of the series $2….
lines() {
  local what=$1
  shift
  for method in none delta:cache=16MiB; do
    figures=$(replay "$method" "$@")
    raw=$(python3 -c 'import csv, sys; print("%.0f" % (sum(int(r["raw_bytes"]) for r in csv.DictReader(open(sys.argv[1]))) / 1e6))' \
      "$work/out/runs.csv")
    printf '| %s | %s | %s | %s |\n' "$what" "$raw" "$method" "$figures"
  done
}

for part in ${PARTS:-checkpoints vms ram}; do
  case $part in
    checkpoints)
      header checkpoints
      for n in 100 1000 10000; do
        ./emulha traces synth --ram 256MiB --interval 10ms --duration "$((n / 100))s" --scale 0.02 --base touched hpcc \
          "$work/series" >/dev/null 2>&1
        lines "$n" "$work/series"
        rm -rf "$work/series"
      done
      ;;
    vms)
      header VMs
      for n in 1 4 16; do
        ./emulha traces synth --vms "$n" --ram 256MiB --interval 100ms --duration 2s --scale 0.5 --base touched hpcc \
          "$work/series" >/dev/null 2>&1
        series=("$work"/series/vm*)
        [[ -e ${series[0]} ]] || series=("$work/series")
        lines "$n" "${series[@]}"
        rm -rf "$work/series"
      done
      ;;
    ram)
      header "GiB of RAM, sparse"
      for n in 1 8 64; do
        ./emulha traces synth --ram "${n}GiB" --interval 100ms --duration 2s --base touched hpcc "$work/series" \
          >/dev/null 2>&1
        lines "$n" "$work/series"
        rm -rf "$work/series"
      done
      ;;
    *) echo "scale.sh: PARTS has checkpoints, vms and ram, not $part" >&2; exit 2 ;;
  esac
done
