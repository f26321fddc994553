# SPDX-License-Identifier: MIT
"""Build RISC-V images, run them on QEMU and on the interpreter, print TAP."""

import os
import shutil
import subprocess
import sys

GCC = "riscv64-unknown-elf-gcc"
OBJCOPY = "riscv64-unknown-elf-objcopy"
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../scripts"))
from tap import Tap, skip  # noqa: E402, F401

BUILD = os.environ.get("GS_BUILD", os.path.join(HERE, "../../build"))
RUNNER = os.path.join(BUILD, "rv32/rv32-run")
FLAGS = ["-march=rv32imc", "-mabi=ilp32", "-misa-spec=2.2", "-mcmodel=medany",
         "-mno-relax", "-nostdlib", "-nostartfiles", "-ffreestanding",
         "-static", "-O2", "-Wall", "-Wextra", "-Werror",
         "-Wl,--build-id=none", "-Wl,--no-warn-rwx-segments"]


def need(tools):
    """End the test as skipped unless all tools are there: {tool: package}."""
    for tool, package in tools.items():
        if not shutil.which(tool):
            skip(f"{tool} is missing, it is in the Debian package {package}")


def workdir(name):
    path = os.path.join(BUILD, "rv32", name)
    os.makedirs(path, exist_ok=True)
    return path


def build(sources, elf, more):
    """Link sources; the flat image lies beside, as .bin."""
    subprocess.run([GCC, *FLAGS, *more, "-o", elf, *sources, "-lgcc"],
                   check=True)
    subprocess.run([OBJCOPY, "-O", "binary", elf, elf + ".bin"], check=True)


def run(command, timeout=120):
    """Standard output, and a sentence if it did not end as it should."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=timeout, check=False)
    except subprocess.TimeoutExpired as e:
        return e.stdout or b"", f"{command[0]} ran for {timeout} s"
    if done.returncode:
        text = done.stderr.decode(errors="replace").strip()
        return done.stdout, f"{command[0]} exit {done.returncode}: {text}"
    return done.stdout, ""


def run_model(mode, base, elf):
    return run([RUNNER, mode, hex(base), elf + ".bin"])
