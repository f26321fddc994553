#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Judge how a machine with a running job ended.

    judge_shutdown.py DIR LAST_WORDS

DIR holds "console", which must end with the kernel's LAST_WORDS, and "trace" of
QEMU: while the core was at work the driver has stopped the firmware, reset the
device and kept it from the bus, and nothing was started again. The kernel does
none of that by itself.
"""

import os
import re
import sys

# Of the device's trace-events; GS_REG_FW_CONTROL, GS_REG_CONTROL of hw_abi.h.
EVENTS = {
    "start": r"genesys_start_core\b",
    "done": r"genesys_core_done\b",
    "stop": r"genesys_mmio_write 0x012c <- 0x00000002$",
    "reset": r"genesys_mmio_write 0x0100 <- 0x00000001$",
    "bus off": r"genesys_pci_master bus master 0$",
    "bus on": r"genesys_pci_master bus master 1$",
}


def lines_of(directory, name):
    with open(os.path.join(directory, name), errors="replace") as file:
        return [line.strip() for line in file.read().splitlines()]


def events_of(directory):
    return [name for line in lines_of(directory, "trace")
            for name, pattern in EVENTS.items() if re.search(pattern, line)]


def complaints(directory, last_words):
    console = [line for line in lines_of(directory, "console") if line]
    if not console or not console[-1].endswith(last_words):
        yield f'the last words of the kernel are not "{last_words}"'
    if not any("genesys-test: going down" in line for line in console):
        yield "the test did not come to its end"
    events = events_of(directory)
    last = events[events.index("start"):] if "start" in events else events
    # The core's end may be noted at any time after that was asked for.
    if last[:2] != ["start", "stop"] or [
            event for event in last if event != "done"] != [
                "start", "stop", "reset", "bus off"]:
        yield f"the device saw: {', '.join(events)}"


def main():
    bad = list(complaints(*sys.argv[1:3]))
    for text in bad:
        print(f"# {text}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
