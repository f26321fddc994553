#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Run QEMU, watch the marks of the guest and act on them.

    vm.py --out DIR --timeout SECONDS [--on MARK=COMMAND]... -- QEMU ARGUMENTS

The guest writes "# at MARK" to its TAP port, which is the file DIR/tap. Each
mark is noted in DIR/marks as "MARK WALL CPU", seconds since the start and of
processor time that QEMU used so far, and the COMMANDs for it are given to
QEMU's monitor. The exit status is QEMU's, 124 after a timeout.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

TICK = 0.05


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ask(path, command):
    """Give a command to the monitor and return what it says."""
    with socket.socket(socket.AF_UNIX) as monitor:
        monitor.settimeout(10)
        monitor.connect(path)
        monitor.sendall(command.encode() + b"\n")
        text = b""
        # The prompt comes once by itself and once after the command.
        while text.count(b"(qemu) ") < 2:
            data = monitor.recv(4096)
            if not data:
                break
            text += data
    # After the echo of the command, which is full of control sequences.
    return text.decode(errors="replace").rpartition("\x1b[K")[2].replace(
        "(qemu) ", "").strip()


def tell(path, command):
    """
    Repeat a command that fails for a while: the guest may see a device gone
    before QEMU has forgotten its name.
    """
    for _ in range(100):
        said = ask(path, command)
        if not said.startswith("Error"):
            break
        time.sleep(0.1)
    return said


class Marks:
    """The marks of a growing file."""

    def __init__(self, path):
        self.path, self.offset, self.rest = path, 0, ""

    def new(self):
        try:
            with open(self.path, errors="replace") as tap:
                tap.seek(self.offset)
                self.rest += tap.read()
                self.offset = tap.tell()
        except FileNotFoundError:
            return []
        lines = self.rest.replace("\r", "").split("\n")
        self.rest = lines.pop()
        return [line[5:].strip() for line in lines if line.startswith("# at ")]


def watch(process, args, monitor):
    rules = [rule.partition("=")[::2] for rule in args.on]
    marks = Marks(os.path.join(args.out, "tap"))
    start = time.monotonic()
    with open(os.path.join(args.out, "marks"), "w") as notes:
        while process.poll() is None:
            wall = time.monotonic() - start
            if wall > args.timeout:
                process.kill()
                process.wait()
                return 124
            for mark in marks.new():
                notes.write(f"{mark} {wall:.2f} {cpu_seconds(process.pid):.2f}\n")
                notes.flush()
                for name, command in rules:
                    if name == mark:
                        notes.write(f"# {command}: {tell(monitor, command)}\n")
            time.sleep(TICK)
    status = process.returncode
    return status if status >= 0 else 128 - status


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True)
    parser.add_argument("--timeout", type=float, required=True)
    parser.add_argument("--on", action="append", default=[])
    parser.add_argument("command", nargs="+")
    args = parser.parse_args()

    with tempfile.TemporaryDirectory() as directory, open(
            os.path.join(args.out, "qemu.log"), "wb") as log:
        monitor = os.path.join(directory, "monitor")
        process = subprocess.Popen(
            args.command + ["-monitor", f"unix:{monitor},server=on,wait=off"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)

        def stop(*_):
            raise SystemExit(130)

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        try:
            return watch(process, args, monitor)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


if __name__ == "__main__":
    sys.exit(main())
