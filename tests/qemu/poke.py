#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Do to the device in QEMU what no driver would.

    poke.py QEMU FIRMWARE ARCH_FILE [--seconds N] [--seed N]

Without a guest (-accel qtest): random accesses of all sizes to registers, MSI-X
table and configuration space, random rings, page tables, images and commands
in memory, mixed with good ones so that firmware and jobs do run. QEMU must
neither end nor say anything, and the device must boot after a reset; while the
machine is paused it must do nothing. Each run
is another one; --seed with the number it prints first makes it again, but for
the timing of the worker thread.
"""

import argparse
import json
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import time

BAR = 0xE0000000
DEVFN = 4 << 3
RINGS, CONTEXTS, TABLES, IMAGE = 0x100000, 0x180000, 0x190000, 0x1C0000
MEMORY_END = 0x400000
SOURCE = os.path.join(os.path.dirname(__file__), "..", "..")


def header_constants():
    """Plain #defines of hw_abi.h."""
    with open(os.path.join(SOURCE, "include/genesys/hw_abi.h")) as header:
        text = header.read().replace("\\\n", " ")
    return {name: int(value, 0) for name, value in re.findall(
        r"^#define (GS_\w+)\s+\(?(0x[0-9a-f]+|\d+)u?\)?\s", text, re.M)}


GS = header_constants()
RUNNING = 1
COMMANDS = 1024 + 16384 + 131072  # after log and events
STATUS = 4  # command

# Our own SIGTERM; a message (MSI-X) sent to the device's own registers.
KNOWN = ("terminating on signal 15",
         "Blocked re-entrant IO on MemoryRegion: genesys-regs")


class Machine:
    """A q35 machine with the device, driven by the qtest protocol."""

    def __init__(self, qemu, arch):
        self.directory = tempfile.TemporaryDirectory()
        self.log = tempfile.TemporaryFile()
        with self.listen("qtest") as server, self.listen("qmp") as monitor:
            self.process = subprocess.Popen([
                qemu, "-M", "q35", "-accel", "qtest", "-m", "64", "-nodefaults",
                "-display", "none", "-L", "/usr/share/seabios",
                "-L", "/usr/share/qemu",
                "-qtest", f"unix:{server.getsockname()}", "-qtest-log", "none",
                "-qmp", f"unix:{monitor.getsockname()}", "-device",
                f"genesys,addr=4.0,arch={arch},x-test-regs=on"],
                stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
            self.connections = [s.accept()[0] for s in (server, monitor)]
        for connection in self.connections:
            connection.settimeout(60)
        self.stream, self.monitor = (c.makefile("rw") for c in self.connections)
        self.monitor.readline()
        self.command("qmp_capabilities")

    def listen(self, name):
        server = socket.socket(socket.AF_UNIX)
        server.bind(os.path.join(self.directory.name, name))
        server.listen(1)
        server.settimeout(30)
        return server

    def command(self, name):
        """Of the monitor: stop, cont."""
        self.monitor.write(json.dumps({"execute": name}) + "\n")
        self.monitor.flush()
        while "return" not in json.loads(self.monitor.readline()):
            pass

    def call(self, *words):
        self.stream.write(" ".join(
            f"0x{w:x}" if isinstance(w, int) else w for w in words) + "\n")
        self.stream.flush()
        while True:
            line = self.stream.readline()
            if not line:
                raise EOFError("QEMU went away")
            if not line.startswith("IRQ"):
                return line.split()

    def config(self, offset, size, value):
        self.call("outl", 0xCF8, 1 << 31 | DEVFN << 8 | offset & 0xFC)
        self.call({1: "outb", 2: "outw", 4: "outl"}[size],
                  0xCFC + (offset & 3), value)

    def read(self, offset):
        return int(self.call("readl", BAR + offset)[1], 16)

    def write(self, offset, value):
        self.call("writel", BAR + offset, value & 0xFFFFFFFF)

    def write64(self, offset, value):
        self.write(offset, value)
        self.write(offset + 4, value >> 32)

    def memory(self, address, data):
        self.call("write", address, len(data), "0x" + data.hex())

    def setup(self):
        self.config(0x10, 4, BAR)
        self.config(0x04, 2, 6)

    def complaints(self):
        self.log.seek(0)
        text = self.log.read().decode(errors="replace")
        return "".join(line + "\n" for line in text.splitlines()
                       if not any(known in line for known in KNOWN))

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for stream in (self.stream, self.monitor, *self.connections):
            try:
                stream.close()
            except OSError:
                pass
        self.directory.cleanup()


class Poker:
    def __init__(self, machine, firmware, rng):
        self.m, self.firmware, self.rng = machine, firmware, rng
        self.registers = sorted({
            v for k, v in GS.items() if k.startswith("GS_REG_")} | {
            GS["GS_BAR_TEST_PAGE"] + i for i in (0, 4, 8)} | {
            GS["GS_BAR_MSIX_TABLE"] + i for i in (0, 4, 8, 12)} | {
            GS["GS_BAR_MSIX_PBA"], 0x124, 0x164, 0x180, 0x184, 0x188, 0x18C,
            0x1A0, 0x204})
        self.actions = [self.poke] * 30 + [self.peek] * 10 + [
            self.config] * 3 + [self.garbage] * 4 + [self.command] * 15 + [
            self.step] * 20 + [self.boot] * 3 + [self.tables] * 4 + [
            self.bad_image] * 1 + [self.pause] * 1

    def number(self):
        r = self.rng
        return r.choice([
            r.getrandbits(32), r.getrandbits(8), 0xFFFFFFFF, 0, 1, BAR,
            1 << r.randrange(32), RINGS, CONTEXTS, TABLES, IMAGE,
            r.randrange(RINGS, MEMORY_END) & ~0xFFF])

    def offset(self):
        if self.rng.random() < 0.8:
            return self.rng.choice(self.registers)
        return self.rng.randrange(GS["GS_BAR_BYTES"])

    def poke(self):
        size = self.rng.choice("llllllbwq")
        self.m.call("write" + size, BAR + self.offset(), self.number())

    def peek(self):
        self.m.call("read" + self.rng.choice("llllbwq"), BAR + self.offset())

    def config(self):
        r = self.rng
        self.m.config(r.choice([4, 4, 6, 0x10, 0x3C] + list(range(0x40, 0x100))),
                      r.choice([1, 2]), r.getrandbits(16))
        self.m.setup()

    def garbage(self):
        r = self.rng
        at = r.choice([RINGS, CONTEXTS, TABLES, r.randrange(RINGS, IMAGE)])
        self.m.memory(at + r.randrange(4096), r.randbytes(r.choice([4, 64, 600])))

    def tables(self):
        """A tree of one table: every entry leads back to it, or out of memory."""
        r = self.rng
        entry = r.choice([TABLES | 1, TABLES | 3, TABLES | 7, BAR | 3, BAR | 7,
                          0xFEE00003, 0x000FFFFFFFFFF003, r.getrandbits(64)])
        self.m.memory(TABLES, entry.to_bytes(8, "little") * 512)
        self.m.memory(CONTEXTS, (TABLES | 1).to_bytes(8, "little") * 64)

    def command(self):
        r = self.rng
        ring, control = r.randrange(4), RINGS + 128
        tail = r.choice([0, 1, r.randrange(256), r.getrandbits(32)])
        words = [r.choice([0, 1, 1, 1, 2, 3, 4, 5, 6, self.number()]), 0,
                 r.randrange(3), 0, r.randrange(3), r.randrange(64),
                 self.number() & ~3, r.randrange(1, 64)]
        words += [self.number() & ~0xFFF if i % 2 == 0 else r.randrange(4)
                  for i in range(10)]
        words += [self.number() & ~7, r.randrange(2), r.choice([1, 100, 60000]),
                  r.randrange(4)]
        data = b"".join(w.to_bytes(4, "little") for w in words)
        at = RINGS + COMMANDS + (ring * 256 + tail % 256) * 128
        self.m.memory(at, data.ljust(128, b"\0"))
        self.m.memory(control + ring * 128, ((tail + 1) & 0xFFFFFFFF).to_bytes(
            4, "little"))
        self.m.write(0x180 + 4 * ring, 1)

    def pause(self):
        self.m.command("stop")
        for _ in range(self.rng.randrange(20)):
            self.rng.choice([self.poke, self.peek, self.command])()
        self.m.command("cont")

    def step(self):
        self.m.call("clock_step", self.rng.choice([1000, 100000, 50000000]))

    def bad_image(self):
        image = bytearray(self.firmware)
        for _ in range(self.rng.randrange(1, 8)):
            image[self.rng.randrange(len(image))] = self.rng.getrandbits(8)
        self.load(bytes(image))

    def load(self, image):
        self.m.write64(GS["GS_REG_RING_ADDR"], RINGS)
        self.m.write64(GS["GS_REG_CTX_TABLE"], CONTEXTS)
        self.m.memory(RINGS, bytes(1024))
        self.m.memory(RINGS, GS["GS_RING_MAGIC"].to_bytes(4, "little") +
                      GS["GS_ABI_VERSION"].to_bytes(4, "little"))
        self.m.memory(IMAGE, image)
        self.m.write64(GS["GS_REG_FW_ADDR"], IMAGE)
        self.m.write(GS["GS_REG_FW_BYTES"], len(image))
        self.m.write(GS["GS_REG_FW_CONTROL"], 1)

    def boot(self):
        self.m.setup()
        self.m.write(GS["GS_REG_CONTROL"], 1)
        # The worker may take a moment to leave its job.
        for _ in range(2000):
            if not self.m.read(GS["GS_REG_STATUS"]):
                break
            time.sleep(0.001)
        self.load(self.firmware)

    def boots(self):
        self.boot()
        for _ in range(2000):
            self.m.call("clock_step", 1000000)
            if self.m.read(GS["GS_REG_FW_STATUS"]) == RUNNING:
                return True
            time.sleep(0.001)
        return False

    def events(self):
        """What the firmware says that it has said."""
        return int.from_bytes(bytes.fromhex(self.m.call(
            "read", RINGS + 640, 4)[1][2:]), "little")

    def until_events(self, number):
        for _ in range(2000):
            if self.events() == number:
                return True
            time.sleep(0.001)
        return False

    def pauses(self):
        """A question while the machine is paused; the answer comes afterwards."""
        if not self.boots() or not self.until_events(1):
            return False
        self.m.command("stop")
        self.m.memory(RINGS + COMMANDS, STATUS.to_bytes(128, "little"))
        self.m.memory(RINGS + 128, (1).to_bytes(4, "little"))
        self.m.write(0x180, 1)
        time.sleep(0.2)
        silent = self.events() == 1
        self.m.command("cont")
        return silent and self.until_events(2)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("qemu")
    parser.add_argument("firmware")
    parser.add_argument("arch")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--seed", type=int, default=random.getrandbits(32))
    args = parser.parse_args()
    print(f"# to make this run again: --seed {args.seed}", flush=True)
    with open(args.firmware, "rb") as file:
        firmware = file.read()

    machine = Machine(args.qemu, args.arch)
    poker = Poker(machine, firmware, random.Random(args.seed))
    end = time.monotonic() + args.seconds
    count = booted = 0
    good = pauses = False
    try:
        machine.setup()
        good = poker.boots()
        pauses = poker.pauses()
        while time.monotonic() < end:
            poker.rng.choice(poker.actions)()
            count += 1
            if count % 500 == 0:
                booted += poker.boots()
                good = good and booted == count // 500
        good = good and poker.boots()
    except (EOFError, OSError) as error:
        good = False
        print(f"# {error}")
    machine.close()
    complaints = machine.complaints()
    print(f"# {count} actions, {booted} boots in between")
    print(("ok" if good else "not ok") + " 1 - the device survives")
    quiet = not complaints and machine.process.returncode == 0
    print(("ok" if quiet else "not ok") + " 2 - QEMU does not complain")
    print(("ok" if pauses else "not ok") + " 3 - the device pauses with QEMU")
    for line in complaints.splitlines()[:40]:
        print(f"# {line}")
    if machine.process.returncode:
        print(f"# QEMU ended with {machine.process.returncode}")
    print("1..3")
    return 0 if good and quiet and pauses else 1


if __name__ == "__main__":
    sys.exit(main())
