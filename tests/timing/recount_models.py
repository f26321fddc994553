#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""All test models, recounted from their words: scripts/recount.py must count in
each block what the reference executor counts and what gs-sim --blocks says, and
no block may take less than its busiest resource needs. Prints TAP."""
import csv
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "scripts"))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(ROOT, "tests/scripts"))
import recount  # noqa: E402
from tap import Tap  # noqa: E402

BIN = os.path.join(os.environ.get("GS_BUILD", "build"), "bin")
MACHINES = ("genesys_16x16", "design_03", "design_07", "benchmark_64x64")
AT_LEAST = 120                                   # models that compile for a machine


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def executor_differs(model, path):
    """Differences to what the reference executor counted."""
    counted = list(recount.recount(model))
    given = read(path)
    if len(given) != len(counted):
        return [f"executor: {len(given)} blocks, counted {len(counted)}"]
    return [f"executor: block {row['block']}: {name} {value}, counted {row[name]}"
            for row, other in zip(counted, given) for name, value in other.items()
            if value != str(row[name])]


def time_model(path, preset):
    """The file gs-sim --blocks writes."""
    out = path[:-4] + ".blocks"
    subprocess.run([os.path.join(BIN, "gs-sim"), "--timing-only", "--preset", preset,
                    "--blocks", out, path], stdout=subprocess.DEVNULL, check=True)
    return out


def check_machine(folder, machine):
    """Models that were compared, and what differs."""
    subprocess.run([os.path.join(BIN, "timing-models"), machine, folder],
                   stdout=subprocess.DEVNULL, check=True)
    names = sorted(n for n in os.listdir(folder) if n.endswith(".gsm"))
    found, blocks = [], 0
    for i, name in enumerate(names):
        path = os.path.join(folder, name)
        model = recount.Model(path)
        preset = ("hardware", "ideal-channels")[i % 2]
        times = time_model(path, preset)
        blocks += len(read(times))
        found += [f"{name}: {text}" for text in
                  executor_differs(model, path[:-4] + ".csv") + recount.check(model, times)]
    return len(names), blocks, found


def change(path, column, by):
    """Add to a column of the first row of a table."""
    rows = read(path)
    rows[0][column] = str(int(rows[0][column]) + by)
    with open(path, "w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, rows[0].keys())
        out.writeheader()
        out.writerows(rows)


def finds_changes(folder):
    """Whether a table with one number changed is refused."""
    path = os.path.join(folder, "fashion_lenet.gsm")
    model = recount.Model(path)
    for column, by in (("array_steps", 1), ("SIMD_written", -1), ("PARAM_held", 16),
                       ("address", 4), ("cycles", -100000)):
        times = time_model(path, "hardware")
        if recount.check(model, times):
            return False
        change(times, column, by)
        if not recount.check(model, times):
            print(f"# {column} {by}: not found")
            return False
    return True


def main():
    tap = Tap()
    for machine in MACHINES:
        folder = tempfile.mkdtemp(prefix="recount.")
        try:
            models, blocks, found = check_machine(folder, machine)
            good = not found and models >= AT_LEAST
            tap.result(good, f"{machine}: {models} models, {blocks} blocks",
                       *found[:20])
            if machine == MACHINES[0]:
                tap.result(finds_changes(folder), "changed numbers are found")
        finally:
            shutil.rmtree(folder)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
