#!/usr/bin/env python3
"""Sets all methods side by side: what each saves, and what its codec takes, on some recordings.

Usage: bench/survey.py [--trace SERIES]... [--out docs/SURVEY.md] [--keep DIRECTORY] [--second DIRECTORY]
Environment: PAGES   dirty pages taken of each recording, from its begin; 5000 if not given
             WARMUP  replays before the counted ones: a number, or a time; 2s if not given
             REPLAYS counted ones, in the same JVMs; 3 if not given

Without --trace: three of the bundled recordings. SERIES joined by + are VMs protected together. Sender
and receiver run in fresh JVMs over loopback for every method and recording, one after the other, so
nothing else should run. What other programs disturbed is measured once more. With --keep, what is measured already in DIRECTORY is not measured again. With
--second, all is measured twice, there too, and the page says how far the two are apart. The page is
written when all is measured.
"""
import argparse
import csv
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import tempfile

PAGES = int(os.environ.get("PAGES", "5000"))
WARMUP = os.environ.get("WARMUP", "2s")
REPLAYS = int(os.environ.get("REPLAYS", "3"))
root = pathlib.Path(__file__).resolve().parent.parent
emulha = root / "emulha"

# In three groups; those of the first are what the others are set beside.
GROUPS = {
    "Beside which the others stand": ["none", "delta:cache=32MiB", "prefix", "zstd"],
    "By earlier or similar content": [
        "zero", "xbzrle:cache=32MiB", "remus:cache=32MiB", "fitdoc:cache=32MiB", "regions:size=64", "regions",
        "similarity", "similarity:hash=sha1", "similarity:hash=blake3",
        "resemble", "resemble:features=n-transform", "resemble:features=finesse",
        "resemble+zstd:level=1", "delta:cache=32MiB+zstd:level=1", "stream",
    ],
    "Each page alone": [
        "gzip", "gzip:engine=libdeflate", "lz4", "lz4hc", "snappy", "lzo", "zstd:level=1", "zstd:train=2", "brotli:level=1",
        "brotli", "bzip2", "xz", "wkdm", "bdi", "fpc", "criu", "criu-naive", "auto", "multi:connections=4+zstd",
    ],
}
BUNDLED = [f"traces/samples/{name}.tar.zst" for name in ("redis-25ms", "oltp-25ms", "ffmpeg-25ms")]


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"survey.py: {' '.join(str(part) for part in command[:3])}: {done.stderr.strip().splitlines()[-1:]}")
    return done.stdout


def name(trace):
    return pathlib.Path(trace).name.removesuffix(".tar.zst")


def sliced(trace, work):
    """The recording's first checkpoints, of PAGES dirty pages together or a little less."""
    info = run(emulha, "traces", "info", trace)
    checkpoints = int(re.search(r"^ *checkpoints: (\d+)", info, re.MULTILINE).group(1))
    pages = int(re.search(r"^ *dirty pages: (\d+)", info, re.MULTILINE).group(1))
    taken = max(1, min(checkpoints, checkpoints * PAGES // max(1, pages)))
    place = work / f"{name(trace)}-{taken}"
    if not place.exists():
        run(emulha, "traces", "slice", "--to", taken, trace, place)
    return place, taken, checkpoints


def measure(traces, work):
    """The slices, and by their number and the method the row of runs.csv."""
    slices = []
    for joined in traces:
        parts = [sliced(part, work) for part in joined.split("+")]
        slices.append(("+".join(str(part[0]) for part in parts), parts[0][1], parts[0][2]))
    out = work / "sweep"
    command = [emulha, "sweep", "--pace", "asap", "--base", "skip", "--warmup", WARMUP]
    command += ["--replays", REPLAYS, "--out", out]
    if out.exists():
        run(emulha, "sweep", "--resume", "--out", out)
    else:
        for joined, _, _ in slices:
            command += ["--trace", joined]
        for methods in GROUPS.values():
            for method in methods:
                command += ["--method", method]
        run(*command)
        run(emulha, "sweep", "--resume", "--repeat-disturbed", "--out", out)
    # run_id begins with the names of the traces, in the letters of file names.
    begins = [
        re.sub(r"[^a-z0-9.+=-]+", "-", "+".join(name(part) for part in joined.split("+")).lower()) + "_"
        for joined, _, _ in slices
    ]
    figures = {}
    for file in out.glob("*/runs.csv"):
        with open(file, newline="") as text:
            for row in csv.DictReader(text):
                if row["verified"] != "true":
                    sys.exit(f"survey.py: {file}: not verified")
                for number, begin in enumerate(begins):
                    if row["run_id"].startswith(begin):
                        figures[number, row["method"]] = row
    return slices, figures


def cells(row):
    pages = int(row["dirty_pages"])
    sent = 1 - int(row["payload_bytes"]) / int(row["raw_bytes"])
    return [
        f"{100 * sent:.2f}",
        f"{int(row['sender_codec_cpu_ns']) / pages / 1e3:.2f}",
        f"{int(row['receiver_codec_cpu_ns']) / pages / 1e3:.2f}",
        f"{int(row['sender_memory_bytes']) / 2**20:.1f}",
    ]


def processor():
    try:
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.machine()


def apart(figures, again):
    """By how much CPU times of two surveys differ: of half of them at most, and of nine in ten."""
    words = []
    for end in ("sender", "receiver"):
        factors = []
        for key, row in figures.items():
            one, other = (
                int(of[f"{end}_codec_cpu_ns"]) / int(of["dirty_pages"]) for of in (row, again[key])
            )
            factors.append(max(one, other) / min(one, other))
        median, ninety = statistics.median(factors), statistics.quantiles(factors, n=10)[-1]
        words.append(f"{median:.2f} and {ninety:.2f} at the {end}")
    return words


def survey(traces, work, second):
    slices, figures = measure(traces, work)
    names = ["+".join(name(part) for part in joined.split("+")) for joined in traces]
    before = f"{WARMUP} replays" if WARMUP.isdigit() else f"{WARMUP} of replays"
    spread = "; another pair may differ"
    if second:
        half = apart(figures, measure(traces, second)[1])
        spread = (
            ". A second survey differed by factors of "
            + ", ".join(half)
            + " (half of the figures at most, and nine in ten)"
        )
    disturbed = sum(row.get("disturbed") == "true" for row in figures.values())
    text = [
        "# Methods side by side",
        "",
        "    bench/survey.py",
        "",
        "replays the begin of each recording ("
        + ", ".join(
            f"{n}: {taken} of {all_of_them} checkpoints, {int(figures[i, 'none']['dirty_pages']) // REPLAYS} dirty pages"
            for i, (n, (_, taken, all_of_them)) in enumerate(zip(names, slices))
        )
        + f") by every method, sender and receiver in JVMs of their own over loopback, after {before} that do not"
        " count. The base is known to both ends. `--trace SERIES`, repeated, takes other recordings. Keys that are not"
        " named have the defaults that `./emulha methods` tells.",
        "",
        "*reduction* is traffic reduction; *sender* and *receiver* are the method's CPU time in microseconds a dirty"
        " page (`sender_codec_cpu_ns`, `receiver_codec_cpu_ns`), all threads together; *MiB* the sender's memory."
        " Savings and memory are exact and the same on every machine, where no method chooses by measured times (`auto`);"
        f" CPU times are means of {REPLAYS} replays in one pair of JVMs, on {os.cpu_count()} CPUs of an"
        f" {processor()}{spread}. In {disturbed} of the {len(figures)} runs, the shortest, the sender waited for a"
        " processor for more than a tenth of its time, be it for compilers of its own JVM.",
    ]
    for group, methods in GROUPS.items():
        text += ["", f"## {group}", ""]
        text.append("| method |" + "".join(f" {n}: traffic reduction % | sender us | receiver us | MiB |" for n in names))
        text.append("|---|" + "--:|--:|--:|--:|" * len(names))
        for method in methods:
            if any((i, method) not in figures for i in range(len(names))):
                sys.exit(f"survey.py: no result of {method}; see {work / 'sweep'}")
            row = [cell for i in range(len(names)) for cell in cells(figures[i, method])]
            text.append(f"| `{method}` | " + " | ".join(row) + " |")
    return "\n".join(text) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trace", action="append")
    parser.add_argument("--out", type=pathlib.Path, default=root / "docs/SURVEY.md")
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("--second", type=pathlib.Path)
    options = parser.parse_args()
    os.chdir(root)
    with tempfile.TemporaryDirectory() as scratch:
        work = options.keep or pathlib.Path(scratch)
        work.mkdir(parents=True, exist_ok=True)
        if options.second:
            options.second.mkdir(parents=True, exist_ok=True)
        page = survey(options.trace or BUNDLED, work, options.second)
    part = options.out.with_name(options.out.name + ".part")
    part.write_text(page)
    part.replace(options.out)


main()
