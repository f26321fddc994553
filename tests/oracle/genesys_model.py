# SPDX-License-Identifier: MIT
"""The independent model of the GeneSys machine, written from docs/isa.md.

    arch = Arch(json.load(file))
    machine = Machine(arch, Memory())
    machine.memory.write(address, data)
    fault = machine.run(entry, words)
"""
from arch import Arch, ArchError
from faults import Fault
from machine import Machine
from memory import WINDOWS, Memory

__all__ = ("Arch", "ArchError", "Fault", "Machine", "Memory", "WINDOWS")
