#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Machine mode of the interpreter against qemu-system-riscv32.

The same bare-metal images run on both, see image.h; what they log has to be
the same, but for the differences of QEMU that are listed here.
"""

import os
import subprocess
import sys

import harness

BASE = 0x80000000
OBJECT_FLAGS = ["-Wl,-N", "-T", os.path.join(harness.HERE, "image.ld")]
# Processors with machine mode, I, M and C and nothing else, by version: 7.2
# has to be told so, 9.1 and later have a bare processor.
PROCESSORS = [
    "rv32," + ",".join(f"{x}=false" for x in (
        "a f d s u h mmu pmp zba zbb zbc zbs sstc Zihintpause").split()) +
    ",pmu-num=29",
    "rv32i,m=true,c=true,zicsr=true,zifencei=true",
]

# Time by instructions: a timer does not go off early on a busy machine.
COUNTED = ["-icount", "shift=4,sleep=off"]

# What QEMU has and the interpreter has not, or not each version of QEMU has.
OPTIONAL_CSRS = {
    "medeleg and mideleg, without S mode": range(0x302, 0x304),
    "mcountinhibit": range(0x320, 0x324),
    "event counters, which read as 0": [
        *range(0xb03, 0xb20), *range(0xb83, 0xba0), *range(0x323, 0x340),
        *range(0x723, 0x740)],
    "debug triggers": [*range(0x7a0, 0x7a6), 0x7a8],
    "user counters": [*range(0xc00, 0xc20), *range(0xc80, 0xca0)],
}
OPTIONAL = {num for nums in OPTIONAL_CSRS.values() for num in nums}
READ_ONLY = range(0xc00, 0x1000)


def qemu(image, log, more):
    """Log of the image; the first processor that this QEMU knows is used."""
    problem = ""
    for cpu in PROCESSORS:
        if os.path.exists(log):
            os.remove(log)
        _, problem = harness.run([
            "qemu-system-riscv32", "-M", "virt", "-m", "8M", "-bios", image,
            "-cpu", cpu, "-display", "none", "-monitor", "none", "-serial",
            f"file:{log}", *more])
        if "roperty" not in problem and "model" not in problem:
            break
    with open(log, "rb") as f:
        return f.read(), problem


class Image:
    """An image and what it logged on both."""

    def __init__(self, name):
        work = harness.workdir("system")
        elf = os.path.join(work, name)
        sources = [os.path.join(harness.HERE, f)
                   for f in ("start.S", f"image_{name}.c")]
        harness.build(sources, elf, OBJECT_FLAGS)
        self.theirs, their_problem = qemu(
            elf + ".bin", elf + ".qemu",
            COUNTED if name == "traps" else [])
        self.ours, our_problem = harness.run_model("system", BASE, elf)
        with open(elf + ".model", "wb") as f:
            f.write(self.ours)
        self.problem = "\n".join(x for x in (their_problem, our_problem) if x)

    def lines(self):
        return (x.decode("ascii", "replace").splitlines()
                for x in (self.theirs, self.ours))

    def words(self):
        return ([int.from_bytes(x[i:i + 4], "little")
                 for i in range(0, len(x), 4)]
                for x in (self.theirs, self.ours))


def first_difference(theirs, ours):
    """A sentence about the first difference of two lists of lines."""
    for i, (a, b) in enumerate(zip(theirs, ours)):
        if a != b:
            return f"line {i + 1}\nqemu        {a}\ninterpreter {b}"
    if len(theirs) != len(ours):
        return f"qemu wrote {len(theirs)} lines, interpreter {len(ours)}"
    return ""


def check_traps(tap, image):
    theirs, ours = image.lines()
    names = {line.split(":")[0] for line in ours}
    tap.test(f"traps and interrupts: {len(ours)} of {len(names)} kinds",
             image.problem or first_difference(theirs, ours))
    tap.test("ebreak, c.ebreak, mret and wfi are among them", ""
             if {"ebreak", "c_ebreak", "mret", "wfi"} <= names else
             "they are not")


def csr_ways(lines):
    """How each register can be accessed."""
    ways = {}
    for line in lines:
        if line.startswith("csr "):
            num, how = line[4:].split("=")
            num = int(num, 16)
            # QEMU 7.2 lets csrrs write no bit of a read-only register.
            ways[num] = how.replace("s", "") if num in READ_ONLY else how
    return ways


def check_csr_ways(tap, theirs, ours):
    wrong = [num for num in range(4096) if theirs.get(num) != ours.get(num)]
    new = [f"0x{num:03x}: qemu '{theirs.get(num)}', interpreter "
           f"'{ours.get(num)}'" for num in wrong if num not in OPTIONAL]
    has = sum(1 for how in ours.values() if how)
    tap.test(f"4096 register numbers, {has} exist, {len(wrong)} optional "
             "ones differ", "\n".join(new[:10]))
    tap.test("all register numbers were tried",
             "" if len(ours) == 4096 else f"only {len(ours)}")


def is_sfence_vma(line):
    """QEMU 7.2 has it without S mode."""
    return (line.startswith("legal ") and
            int(line.split()[1], 16) & 0xfe007fff == 0x12000073)


def check_csr(tap, image):
    theirs, ours = image.lines()
    tap.test("registers: both ran to the end", image.problem)
    check_csr_ways(tap, csr_ways(theirs), csr_ways(ours))
    rest = [[line for line in lines if not line.startswith(("csr ", "#")) and
             not is_sfence_vma(line)] for lines in (theirs, ours)]
    groups = {line.split()[0] for line in rest[1]}
    for group in sorted(groups):
        a, b = ([line for line in lines if line.startswith(group + " ")]
                for lines in rest)
        tap.test(f"{group}: {len(b)} lines", first_difference(a, b))
    tap.test("nothing else was logged", first_difference(*rest))
    oddities = [line for line in ours if line.startswith("#")]
    tap.test("whatever is illegal says so", "\n".join(oddities[:10]))


def check_c16(tap, image):
    theirs, ours = image.words()
    encodings = [bits for _ in range(2) for bits in range(0x10000)
                 if bits & 3 != 3]
    tap.test("16 bits: both ran to the end", image.problem or (
        "" if len(ours) == len(theirs) == len(encodings) else
        f"{len(encodings)} cases, qemu {len(theirs)}, "
        f"interpreter {len(ours)}"))
    groups = {}
    for bits, a, b in zip(encodings, theirs, ours):
        group = groups.setdefault((bits & 3, bits >> 13), [0, ""])
        group[0] += b != 0
        if a != b and not group[1]:
            group[1] = f"encoding 0x{bits:04x} does not do the same"
    for (quadrant, funct3), (count, problem) in sorted(groups.items()):
        tap.test(f"16 bits: quadrant {quadrant} funct3 {funct3}, "
                 f"{count} cases", problem)


def check_rv32(tap, image):
    theirs, ours = image.words()
    tap.test("32 bits: both ran to the end", image.problem or (
        "" if len(ours) == len(theirs) else
        f"{len(ours) // 2} cases, qemu {len(theirs) // 2}"))
    groups = {}
    for i in range(0, min(len(theirs), len(ours)) - 1, 2):
        group = groups.setdefault(ours[i] & 0x7f, [0, ""])
        group[0] += 1
        if ours[i:i + 2] != theirs[i:i + 2] and not group[1]:
            group[1] = f"encoding 0x{ours[i]:08x} does not do the same"
    for opcode, (count, problem) in sorted(groups.items()):
        tap.test(f"32 bits: opcode 0x{opcode:02x}, {count} cases", problem)


CHECKS = {"traps": check_traps, "csr": check_csr, "c16": check_c16,
            "rv32": check_rv32}


def main():
    harness.need({harness.GCC: "gcc-riscv64-unknown-elf",
                  "qemu-system-riscv32": "qemu-system-misc"})
    tap = harness.Tap()
    for name in sys.argv[1:] or CHECKS:
        try:
            CHECKS[name](tap, Image(name))
        except subprocess.CalledProcessError as e:
            tap.test(name, f"does not build: {e}")
    sys.exit(tap.end())


main()
