#!/usr/bin/env python3
"""Draws @NAME@ from @NAME@-plot.csv, to be finished by hand. Needs matplotlib.

Whiskers are intervals; where is_interval is false they are the range of fewer than six trials.
"""
import csv
import pathlib
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

KIND = "@KIND@"  # bars, dots or curves
X_LABEL = "@X@"
Y_LABEL = "@Y@"
X_LOG = @XLOG@
Y_LOG = @YLOG@

here = pathlib.Path(__file__).resolve().parent
with open(here / "@NAME@-plot.csv", encoding="utf-8", newline="") as file:
    rows = list(csv.DictReader(file))
series = list(dict.fromkeys(row["series"] for row in rows))
categories = list(dict.fromkeys(row["x"] for row in rows))
plt.rcParams.update({"font.size": 8, "axes.linewidth": 0.6, "pdf.fonttype": 42})
figure, axes = plt.subplots(figsize=(@WIDTH@, @HEIGHT@))
for place, name in enumerate(series):
    mine = [row for row in rows if row["series"] == name]
    y = [float(row["value"]) for row in mine]
    whiskers = [
        [value - float(row["low"]) for value, row in zip(y, mine)],
        [float(row["high"]) - value for value, row in zip(y, mine)],
    ]
    if KIND == "curves":
        x = [float(row["x"]) for row in mine]
        marked = len(x) < 30
        axes.errorbar(x, y, whiskers, label=name, lw=1, ms=3, marker="o" if marked else None, capsize=2)
        continue
    slot = 0.85 / len(series)
    x = [categories.index(row["x"]) + slot * (place - (len(series) - 1) / 2) for row in mine]
    if KIND == "bars":
        axes.bar(x, y, slot, yerr=whiskers, label=name, capsize=2)
    else:
        axes.errorbar(x, y, whiskers, label=name, ls="none", marker="o", ms=3, capsize=2)
if KIND != "curves":
    axes.set_xticks(range(len(categories)), categories)
if X_LOG:
    axes.set_xscale("log")
if Y_LOG:
    axes.set_yscale("log")
axes.set_xlabel(X_LABEL)
axes.set_ylabel(Y_LABEL)
axes.legend(loc="lower left", bbox_to_anchor=(0, 1.01), ncol=2, frameon=False)
figure.savefig(sys.argv[1] if len(sys.argv) > 1 else here / "@NAME@-matplotlib.pdf", bbox_inches="tight")
