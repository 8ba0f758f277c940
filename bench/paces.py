#!/usr/bin/env python3
"""Whether a computed schedule gives what a waited-for one gives.

    bench/paces.py DIR

sweeps two recordings with three methods at --pace realtime, virtual and cooled, three rounds of two
trials each, the paces in turn, into DIR (about ten minutes, alone on two processors), and prints a
table in Markdown: medians over the trials that nothing disturbed, with the smallest and the largest.
With results in DIR it prints their table.
"""
import csv
import pathlib
import statistics
import subprocess
import sys

PACES = ["realtime", "virtual", "cooled"]
SERIES = ["redis-25ms", "webshop-25ms"]
METHODS = ["none", "gzip:level=6", "delta:cache=16MiB"]
ROUNDS = 3


def sweep(out, pace):
    command = ["./emulha", "sweep", "--base", "skip", "--trials", "2", "--warmup", "1s"]
    for series in SERIES:
        command += ["--trace", f"traces/samples/{series}.tar.zst"]
    for method in METHODS:
        command += ["--method", method]
    subprocess.run([*command, "--pace", pace, "--out", out], check=True)


def run(directory):
    """One trial: what its rows say, times in ms per checkpoint."""
    [row] = csv.DictReader(open(directory / "runs.csv"))
    checkpoints = list(csv.DictReader(open(directory / "checkpoints.csv")))

    def mean(column):
        values = [int(c[column]) for c in checkpoints if c["full"] == "false" and c[column]]
        return statistics.mean(values) / 1e6

    return row, {
        "transfer": mean("transfer_ns"),
        "interval": mean("elapsed_interval_ns"),
        "release": mean("release_delay_ns"),
        "late": int(row["late_checkpoints"]),
    }


def value(values, digits):
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def main():
    out = pathlib.Path(sys.argv[1])
    if not out.exists():
        for number in range(1, ROUNDS + 1):
            for pace in PACES:
                sweep(out / f"{pace}-{number}", pace)
    trials = {}
    for directory in sorted(out.glob("*-*/*_t*")):
        row, values = run(directory)
        if row["disturbed"] != "true":
            key = pathlib.Path(row["traces"]).name.removesuffix(".tar.zst"), row["method"], directory.parent.name.split("-")[0]
            trials.setdefault(key, []).append(values)
    print("| recording | method | pace | trials | transfer ms | elapsed interval ms | release delay ms | late |")
    print("|---|---|---|--:|---|---|---|---|")
    for series in SERIES:
        for method in METHODS:
            for pace in PACES:
                rows = trials.get((series, method, pace), [])
                cells = [value([r[k] for r in rows], d) for k, d in
                         [("transfer", 2), ("interval", 2), ("release", 2), ("late", 0)]] if rows else [""] * 4
                print(f"| {series} | `{method}` | {pace} | {len(rows)} | " + " | ".join(cells) + " |")


main()
