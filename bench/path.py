#!/usr/bin/env python3
"""Where the CPU time of a replay goes, end to end, method none over loopback.

    bench/path.py

Replays a synthetic series with checkpoints of SIZE MB through both emulators, three times over:

  1. plain, for CPU time per page (sender_cpu_ns, receiver_cpu_ns),
  2. under JDK Flight Recorder with samples of CPU time, whose shares are put on that time,
  3. under strace -c, twice and of different length, for calls of the system per checkpoint, and by the
     processes' own counts page faults and switches of context per checkpoint.

Prints Markdown. Verification and reading are outside of all figures of a run, and are left out here, too.
Environment: SIZE  in MB, 10 if not given
             PORT  where to listen, 7416 if not given
"""

import collections
import csv
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
SIZE = float(os.environ.get("SIZE", "10"))
PORT = os.environ.get("PORT", "7416")
ADDRESS = "127.0.0.1:" + PORT
CHECKPOINTS = 20
CALLS = ("read", "write", "futex", "clock_gettime", "poll", "ioctl", "madvise", "mprotect")


def replay(series, out, trials, options=("", ""), before=((), ()), warmup="3s", may_crash=False):
    """Runs both ends; what each process used. None if one crashed, and may."""
    commands = (
        ["./emulha", "emulharcv", "--listen", ADDRESS],
        ["./emulha", "emulhacp", "--to", ADDRESS, "--trace", series, "--method", "none", "--pace", "asap", "--base",
         "skip", "--warmup", warmup, "--trials", str(trials), "--connect", "30s", "--out", out])
    processes = [
        subprocess.Popen(list(wrap) + command, env=dict(os.environ, EMULHA_JAVA_OPTS=option),
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for command, option, wrap in zip(commands, options, before)]
    used = []
    for process in reversed(processes):
        _, status, usage = os.wait4(process.pid, 0)
        if status != 0:
            for other in processes:
                other.kill()
            for other in processes:
                if other.pid != process.pid:
                    other.wait()
            if may_crash:
                return None
            sys.exit("path.py: %s" % process.stderr.read().decode())
        used.append(usage)
    return used


def costs(out):
    """Nanoseconds per page at sender and receiver, and pages per checkpoint."""
    with open(out + "/runs.csv", newline="") as file:
        run = next(csv.DictReader(file))
    pages = int(run["dirty_pages"])
    return int(run["sender_cpu_ns"]) / pages, int(run["receiver_cpu_ns"]) / pages, pages / int(run["checkpoints"])


def calls(file):
    """Calls of the system that strace counted, by name."""
    counts = collections.Counter()
    with open(file) as lines:
        for line in lines:
            words = line.split()
            if len(words) >= 5 and re.fullmatch(r"[0-9.]+", words[0]) and words[-1] in CALLS:
                counts[words[-1]] = int(words[3])
    return counts


def main():
    os.chdir(ROOT)
    for tool in ("strace",):
        if not shutil.which(tool):
            sys.exit("path.py: %s is missing; install the package %s" % (tool, tool))
    java = subprocess.run(["./emulha", "--print-java-home"], check=True, capture_output=True, text=True).stdout.strip()
    work = tempfile.mkdtemp()
    try:
        series = work + "/series"
        subprocess.run(
            ["./emulha", "traces", "synth", "--ram", "1GiB", "--interval", "1s", "--duration", "%ds" % CHECKPOINTS,
             "--scale", str(SIZE / 115), "--base", "touched", "voltdb", series],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        replay(series, work + "/plain", 20)
        sender, receiver, pages = costs(work + "/plain")

        jfr = ["-XX:StartFlightRecording:jdk.CPUTimeSample#enabled=true,jdk.CPUTimeSample#throttle=1ms,"
               "filename=%s/%s.jfr -XX:FlightRecorderOptions:repository=%s -XX:ErrorFile=%s/crash -Xlog:jfr*=off" % (
                   work, end, work, work)
               for end in ("receiver", "sender")]
        # The sampler of CPU time, experimental in JDK 25, now and then brings a JVM down at its end.
        for attempt in range(5):
            if replay(series, "%s/recorded-%d" % (work, attempt), 40, options=jfr, may_crash=True):
                break
        else:
            sys.exit("path.py: the JVM crashed each time that its CPU time was sampled")
        told = subprocess.run(
            [java + "/bin/java", "bench/src/main/java/emulha/bench/PathProfile.java", work + "/sender.jfr",
             work + "/receiver.jfr"], check=True, capture_output=True, text=True).stdout
        samples, others = collections.defaultdict(dict), []
        for line in told.splitlines():
            part, kind, n = line.split("\t")
            if part == "other":
                others.append((kind, int(n)))
            elif kind != "verification":
                samples[part][kind] = int(n)

        counted = {}
        for trials in (4, 14):
            files = ["%s/calls-%d-%s" % (work, trials, end) for end in ("receiver", "sender")]
            used = replay(series, "%s/traced-%d" % (work, trials), trials, warmup="2",
                          before=[("strace", "-f", "-c", "-o", file) for file in files])
            counted[trials] = [calls(file) for file in reversed(files)]
        more = {}
        for trials in (20, 60):
            more[trials] = replay(series, "%s/counted-%d" % (work, trials), trials, warmup="40")
    finally:
        shutil.rmtree(work)

    print("%.1f MB a checkpoint, %d pages; sender %.0f ns/page, receiver %.0f ns/page" % (
        pages * 4096 / 1e6, pages, sender, receiver))
    print("\n| part | work | share | ns/page |\n|---|---|---|---|")
    at_receiver = sum(sum(kinds.values()) for part, kinds in samples.items() if part != "send")
    for part, kinds in samples.items():
        whole, cost = (sum(kinds.values()), sender) if part == "send" else (at_receiver, receiver)
        for kind, n in sorted(kinds.items(), key=lambda item: -item[1]):
            print("| %s | %s | %.1f %% | %.0f |" % (part, kind, 100 * n / whole, cost * n / whole))
    print("\nOf the rest, most: " + ", ".join("%s %d" % other for other in others[:6]))
    print("\n| per checkpoint | sender | receiver |\n|---|---|---|")
    for call in CALLS:
        per = [(counted[14][end][call] - counted[4][end][call]) / (10 * CHECKPOINTS) for end in (0, 1)]
        if any(abs(n) >= 0.05 for n in per):
            print("| calls of %s | %.1f | %.1f |" % (call, *per))
    for name, field in (("page faults", "ru_minflt"), ("waits (voluntary switches)", "ru_nvcsw"),
                        ("involuntary switches", "ru_nivcsw")):
        per = [(getattr(more[60][end], field) - getattr(more[20][end], field)) / (40 * CHECKPOINTS) for end in (0, 1)]
        print("| %s | %.1f | %.1f |" % (name, *per))


if __name__ == "__main__":
    main()
