#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every unprivileged instruction of RV32IMC: interpreter against qemu-riscv32.

The same program, at the same address, runs on both; what it writes has to be
the same byte for byte. A seed may be given.
"""

import os
import sys

import harness
import user_cases

BASE = 0x10000


def compare(name, theirs, ours, size):
    """A sentence about the first difference, or nothing."""
    if len(theirs) < size:
        return f"{name}: qemu-riscv32 ended early"
    if len(ours) < size:
        return f"{name}: the interpreter ended early"
    for i in range(0, size, 4):
        if theirs[i:i + 4] != ours[i:i + 4]:
            a, b = (int.from_bytes(x[i:i + 4], "little")
                    for x in (theirs, ours))
            return (f"{name}: word {i // 4} of its results: qemu 0x{a:08x}, "
                    f"interpreter 0x{b:08x}")
    return ""


def main():
    harness.need({harness.GCC: "gcc-riscv64-unknown-elf",
                  "qemu-riscv32": "qemu-user"})
    seed = sys.argv[1] if len(sys.argv) > 1 else "1"
    work = harness.workdir("user")
    source, elf = os.path.join(work, "user.S"), os.path.join(work, "user")
    text, sizes = user_cases.generate(seed)
    with open(source, "w", encoding="ascii") as f:
        f.write(text)
    harness.build([source], elf, [f"-Wl,--section-start=.image={BASE:#x}"])

    theirs, their_problem = harness.run(["qemu-riscv32", elf])
    ours, our_problem = harness.run_model("user", BASE, elf)
    tap = harness.Tap()
    tap.test("both ran to the end", "\n".join(
        x for x in (their_problem, our_problem) if x))
    at = 0
    for name, size in sizes.items():
        tap.test(f"{name} ({size // 4} results)", compare(
            name, theirs[at:at + size], ours[at:at + size], size))
        at += size
    tap.test(f"{len(sizes)} instructions, {at} bytes", "" if at == len(
        theirs) == len(ours) else f"qemu wrote {len(theirs)} bytes, the "
        f"interpreter {len(ours)}, of {at}")
    sys.exit(tap.end())


main()
