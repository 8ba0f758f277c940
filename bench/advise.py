#!/usr/bin/env python3
"""Checks the advice of ./emulha advise against a full sweep.

Usage: bench/advise.py DIRECTORY LINK CPU MEMORY SERIES...
Environment: TRIALS    JVM pairs for each method, 3 if not given
             REPLAYS   counted replays in each, 5 if not given

For each series: the advice, from a sample; then ./emulha sweep over the whole recording, with every
method of it, over the imitated link. The best of the sweep are found here anew: of the methods
within the limits, the one that saves most traffic, and the one of the shortest transfers. SERIES
joined by + are VMs protected together. What is done in DIRECTORY already is not done again. Prints a
Markdown table; exits 1 if an advised method is off by more than 5 % or exceeds a limit in the sweep.
"""
import csv
import json
import os
import pathlib
import subprocess
import sys

UNITS = {"Gbit": 10**9, "Mbit": 10**6, "MiB": 2**20, "GiB": 2**30, "%": 0.01}
TOLERANCE = 0.05
TRIALS = os.environ.get("TRIALS", "3")
REPLAYS = os.environ.get("REPLAYS", "5")
emulha = pathlib.Path(__file__).resolve().parent.parent / "emulha"


def number(text):
    unit = next(unit for unit in UNITS if text.endswith(unit))
    return float(text[: -len(unit)]) * UNITS[unit]


def rows(file):
    with open(file, newline="") as text:
        yield from csv.DictReader(text)


def advise(out, traces, prefer, link, cpu, memory):
    if not (out / "advice.json").exists():
        command = [emulha, "advise", "--link", link, "--cpu", cpu, "--memory", memory]
        command += ["--prefer", prefer, "--out", out]
        for trace in traces:
            command += ["--trace", trace]
        subprocess.run(command, stdout=subprocess.DEVNULL)
    return json.loads((out / "advice.json").read_text())


def sweep(out, traces, methods, link):
    """By method, what it does in the whole recording."""
    command = [emulha, "sweep", "--trace", "+".join(traces), "--bandwidth", link]
    command += ["--trials", TRIALS, "--replays", REPLAYS, "--pace", "asap", "--base", "skip", "--out", out]
    for method in methods:
        command += ["--method", method]
    if out.exists():
        command.append("--resume")
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    points = {}
    for file in out.glob("*/checkpoints.csv"):
        found = list(rows(file))
        points.setdefault(found[0]["method"], []).append(found)
    return {method: figures(points[method]) for method in methods}


def figures(points):
    """Means over all checkpoints. Of trials the least times stand: what disturbs only adds."""
    instants = {}
    for point, found in enumerate(points):
        for row in found:
            trials = instants.setdefault(int(row["checkpoint"]), {})
            trials.setdefault((point, row["trial"]), []).append(row)
    trials = [trial for checkpoint in instants.values() for trial in checkpoint.values()]
    first = [row for checkpoint in instants.values() for row in checkpoint[0, "1"]]
    least = lambda value: sum(min(map(value, checkpoint.values())) for checkpoint in instants.values()) / len(instants)
    interval_ms = int(first[0]["interval_ns"]) / 1e6
    return {
        "saved": 1 - sum(int(row["wire_bytes"]) for row in first) / sum(int(row["raw_bytes"]) for row in first),
        "transfer_ms": least(lambda vms: int(vms[0]["transfer_ns"])) / 1e6,
        "cpu": least(lambda vms: sum(int(row["sender_cpu_ns"]) for row in vms)) / (interval_ms * 1e6),
        "memory": max(int(vms[0]["sender_memory_bytes"]) for vms in trials),
        "interval_ms": interval_ms,
    }


def main():
    work, link, cpu, memory, *series = sys.argv[1:]
    sys.stdout.reconfigure(line_buffering=True)
    print(f"Limits: {link}, CPU {cpu}, memory {memory}, transfers within the interval.\n")
    print("| recording | prefer | advised | best of the sweep | wire traffic reduction %, of the best | transfer ms, of the best |"
          " advice's ms | off by | sure |")
    print("|---|---|---|---|---|---|--:|--:|---|")
    bad = 0
    for one in series:
        traces = one.split("+")
        name = "+".join(pathlib.Path(trace).name.removesuffix(".tar.zst") for trace in traces)
        place = pathlib.Path(work) / name
        place.mkdir(parents=True, exist_ok=True)
        advices = {p: advise(place / p, traces, p, link, cpu, memory) for p in ("traffic", "time")}
        methods = [one["method"] for one in advices["traffic"]["candidates"]]
        full = sweep(place / "sweep", traces, methods, link)
        fits = [
            m for m in methods
            if full[m]["cpu"] <= number(cpu) and full[m]["memory"] <= number(memory)
            and full[m]["transfer_ms"] <= full[m]["interval_ms"]
        ]
        for prefer, advice in advices.items():
            advised = advice["advised"]
            if not fits or advised is None:
                print(f"| {name} | {prefer} | {advised} | {'none' if not fits else len(fits)} | | | | | |")
                bad += bool(fits) != bool(advised)
                continue
            if prefer == "traffic":
                best = max(fits, key=lambda m: full[m]["saved"])
                off = 1 - full[advised]["saved"] / full[best]["saved"] if full[best]["saved"] > 0 else 0
            else:
                best = min(fits, key=lambda m: full[m]["transfer_ms"])
                off = full[advised]["transfer_ms"] / full[best]["transfer_ms"] - 1
            wrong = off > TOLERANCE or advised not in fits
            bad += wrong
            predicted = next(c for c in advice["candidates"] if c["method"] == advised)["transfer_ns"]["value"] / 1e6
            sure = all(choice == advised for choice in advice["choices"])
            print(f"| {name} | {prefer} | `{advised}` | `{best}` |"
                  f" {100 * full[advised]['saved']:.2f}, {100 * full[best]['saved']:.2f} |"
                  f" {full[advised]['transfer_ms']:.3f}, {full[best]['transfer_ms']:.3f} | {predicted:.3f} |"
                  f" {100 * max(0, off):.1f} %{' (!)' if wrong else ''} | {'yes' if sure else 'no'} |")
        errors = [
            abs(c["transfer_ns"]["value"] / 1e6 / full[c["method"]]["transfer_ms"] - 1)
            for c in advices["traffic"]["candidates"]
        ]
        print(f"{name}: predicted transfer times of its {len(errors)} methods differ from the sweep's by"
              f" {100 * sorted(errors)[len(errors) // 2]:.0f} % (median), {100 * max(errors):.0f} % at most",
              file=sys.stderr, flush=True)
    sys.exit(1 if bad else 0)


main()
