#!/usr/bin/env python3
"""How soon a replay is at full speed after its JVMs start, and what it costs once warm, without and with
the JVM's ahead-of-time cache, in turns.

    bench/start.py [ROUNDS [METHOD...]]

Each run replays a series over and over from cold JVMs (--warmup 0, as fast as it goes). The last third of its
replays is what is warm. A checkpoint is at full speed where, of it and the ten after it, the median of
transfer time over the same checkpoint's warm one is 1.25 or less. Printed, as medians over the rounds:

  start s     from starting both programs to the first transfer
  work ms     transfer time of all checkpoints before the first at full speed
  before      how many those are
  warm us     CPU time of sender and receiver per page, once warm, and transfer time per page

Environment: TRACE   what to replay, traces/samples/redis-25ms.tar.zst if not given
             TRIALS  how often in each run, 250 if not given: what is warm takes some seconds of work
             PORT    where to listen, 7414 if not given
"""

import csv
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
TRACE = os.environ.get("TRACE", "traces/samples/redis-25ms.tar.zst")
TRIALS = int(os.environ.get("TRIALS", "250"))
PORT = os.environ.get("PORT", "7414")
WINDOW = 11
FULL_SPEED = 1.25


def replay(method, aot, out):
    """Runs both programs; the Unix time of their start."""
    environment = dict(os.environ, EMULHA_AOT=aot)
    address = "127.0.0.1:" + PORT
    started = time.time()
    receiver = subprocess.Popen(
        ["./emulha", "emulharcv", "--listen", address], env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        subprocess.run(
            ["./emulha", "emulhacp", "--to", address, "--trace", TRACE, "--method", method, "--pace", "asap",
             "--base", "skip", "--warmup", "0", "--trials", str(TRIALS), "--connect", "20s", "--out", out],
            env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        receiver.wait(20)
    except subprocess.CalledProcessError as failure:
        sys.exit(failure.stderr)
    finally:
        receiver.kill()
    return started


def measured(method, aot):
    """Seconds to start, ms of work before full speed, checkpoints before it, CPU and transfer us per warm page."""
    out = tempfile.mkdtemp()
    try:
        started = replay(method, aot, out + "/run")
        with open(out + "/run/runs.csv", newline="") as file:
            run = next(csv.DictReader(file))
        with open(out + "/run/checkpoints.csv", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["full"] == "false"]
        with open(out + "/run/manifest.json") as file:
            if ('"aotCache" : "used"' in file.read()) != (aot == "on"):
                sys.exit("start.py: the ahead-of-time cache was not as asked for: EMULHA_AOT=%s" % aot)
    finally:
        shutil.rmtree(out)
    warm_from = TRIALS - TRIALS // 3
    warm = [row for row in rows if int(row["trial"]) > warm_from]
    usual = {}
    for row in warm:
        usual.setdefault(row["checkpoint"], []).append(int(row["transfer_ns"]))
    usual = {checkpoint: statistics.median(times) for checkpoint, times in usual.items()}
    slowness = [int(row["transfer_ns"]) / usual[row["checkpoint"]] for row in rows]
    first = next(i for i in range(len(rows)) if statistics.median(slowness[i:i + WINDOW]) <= FULL_SPEED)
    pages = sum(int(row["dirty_pages"]) for row in warm)
    cpu = sum(int(row["sender_cpu_ns"]) + int(row["receiver_cpu_ns"]) for row in warm)
    transfer = sum(int(row["transfer_ns"]) for row in warm)
    return (int(run["started_unix_ms"]) / 1000 - started,
            sum(int(row["transfer_ns"]) for row in rows[:first]) / 1e6,
            first, cpu / pages / 1000, transfer / pages / 1000)


def main():
    os.chdir(ROOT)
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    methods = sys.argv[2:] or ["none", "delta", "similarity"]
    # The first use makes the cache.
    subprocess.run(["./emulha", "reduce", "--help"], check=True, stdout=subprocess.DEVNULL)
    print("%-14s %-5s %9s %9s %8s %14s %19s" % (
        "method", "cache", "start s", "work ms", "before", "warm CPU us", "warm transfer us"))
    for method in methods:
        figures = {"off": [], "on": []}
        for _ in range(rounds):
            for aot in figures:
                figures[aot].append(measured(method, aot))
        for aot, all_rounds in figures.items():
            print("%-14s %-5s %9.2f %9.1f %8d %14.3f %19.3f" % (
                (method, aot) + tuple(statistics.median(one) for one in zip(*all_rounds))), flush=True)
        for name, column in (("CPU", 3), ("transfer", 4)):
            ratios = sorted(on[column] / off[column] for off, on in zip(figures["off"], figures["on"]))
            print("%-14s warm %s per page, with over without: median %.3f, %.3f to %.3f in %d rounds" % (
                method, name, statistics.median(ratios), ratios[0], ratios[-1], rounds), flush=True)


if __name__ == "__main__":
    main()
