#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The hops of a job inside QEMU, from a log of its trace events.

    hops.py LOG

Of each job from its doorbell to its message.
"""

import re
import statistics
import sys

DOORBELL = (0x0180, 0x0190)
LINE = re.compile(r"\d+@(\d+\.\d+):(genesys_\w+)(.*)")
HOPS = (
    ("doorbell", "core_start", "doorbell: until the firmware starts the core"),
    ("core_start", "core_done", "core: worker wakes, runs the program"),
    ("core_done", "message", "firmware: result, event, until MSI-X"),
)


def mmio(words):
    return int(words.split()[0], 16)


def jobs(lines):
    job = {}
    for line in lines:
        match = LINE.match(line)
        if not match:
            continue
        at, event, words = float(match[1]) * 1e6, match[2], match[3]
        if event == "genesys_mmio_write" and DOORBELL[0] <= mmio(words) < DOORBELL[1]:
            job = {"doorbell": at}
        elif event == "genesys_start_core":
            job.setdefault("core_start", at)
        elif event == "genesys_core_done":
            job.setdefault("core_done", at)
        elif event == "genesys_pci_message":
            job.setdefault("message", at)
            if len(job) == 4:
                yield job
            job = {}


def main():
    with open(sys.argv[1], errors="replace") as log:
        found = list(jobs(log))
    if not found:
        sys.exit(f"{sys.argv[1]}: no job in the trace")
    print(f"\ninside QEMU, {len(found)} traced")
    for first, last, name in HOPS:
        times = sorted(job[last] - job[first] for job in found)
        print(f"{name:46} {statistics.median(times):9.1f}"
              f"  {times[int(len(times) * .99)]:9.1f}")


main()
