# SPDX-License-Identifier: MIT
"""The machine: scratchpads, windows, jobs and blocks (docs/isa.md sections 2, 3, 10, 11)."""
from array_group import ArrayGroup, ArrayRun
from block import Block
from faults import Fault, row_address
from memory import WINDOWS, StoreRecord
from scratchpad import Scratchpad, WeightBuffer, pack, unpack, xorshift32
from simd_static import SimdChecker, base_loops, iterations
from simd_unit import SimdUnit

WINDOW_SIZE = 1 << 32
DEFAULT_WORK = 1 << 40


class Machine:
    """A GeneSys machine on a memory.

    window_base: bus address of each window by name. run() executes a job and
    returns its Fault, or None.
    """

    def __init__(self, arch, memory, window_base=None, encoding="sync_inst"):
        self.arch = arch
        self.memory = memory
        self.window_base = {name: number << 32 for number, name in enumerate(WINDOWS)}
        self.window_base.update(window_base or {})
        self.encoding = encoding
        self.stores = StoreRecord()
        self.work = DEFAULT_WORK
        self.counters = dict.fromkeys(
            ("blocks", "words", "sa_tiles", "mvms", "simd_tiles", "simd_ops", "perm_rows",
             *("read_" + name for name in WINDOWS), *("written_" + name for name in WINDOWS)), 0)
        self.reset()

    def reset(self):
        """Make all on-chip state zero."""
        arch = self.arch
        self.buffers = {
            "WBUF": [WeightBuffer(arch)],
            "IBUF": [Scratchpad("IBUF", arch.ibuf_rows, (arch.n,), arch.data_bits)],
            "OBUF": [Scratchpad("OBUF", arch.obuf_rows, (arch.m,), arch.acc_bits)
                     for _ in range(2)],
            "BBUF": [Scratchpad("BBUF", arch.bbuf_rows, (arch.m,), arch.bias_bits)],
            "VMEM1": [Scratchpad("VMEM1", arch.vmem_rows, (arch.m,), 32)],
            "VMEM2": [Scratchpad("VMEM2", arch.vmem_rows, (arch.m,), 32)],
            "IMM": [Scratchpad("IMM", arch.imm_slots, (1,), 32)],
        }
        self.half = 0

    def fill_noise(self, seed):
        """Fill the scratchpads as tests/vectors/README.md says."""
        noise = xorshift32(seed)
        for halves in self.buffers.values():
            for buffer in halves:
                buffer.fill_noise(noise)

    # On-chip and bus accesses

    def buffer(self, name):
        """A scratchpad; for OBUF the half in use by array and SIMD unit."""
        return self.buffers[name][self.half if name == "OBUF" else 0]

    def row(self, name, row, word):
        """The elements of one row, SCRATCHPAD at the word when it is outside."""
        buffer = self.buffer(name)
        if not 0 <= row < buffer.rows:
            raise Fault("SCRATCHPAD", word, row_address(buffer.number, row))
        return buffer.data[row]

    def charge(self, units, word):
        if units > self.work:
            raise Fault("LIMIT", word)
        self.work -= units

    def _window(self, word, window, offset, size):
        if offset < 0 or offset + size > WINDOW_SIZE:
            raise Fault("WINDOW", word, offset)
        return self.window_base[window] + offset

    def move(self, word, acc, window, offset, size, buffer, row, element, bits):
        """One run of a transfer: `size` bytes at `offset` to or from the elements
        of a tile at `row`, from `element` on, each of `bits` in memory."""
        bus = self._window(word, window, offset, size)
        count = size * 8 // bits
        last_row = row + (element + count - 1) // buffer.banks
        if last_row >= buffer.rows:
            first_row = row + element // buffer.banks
            outside = max(first_row, buffer.rows)
            raise Fault("SCRATCHPAD", word, row_address(buffer.number, outside))
        if self.stores.conflicts(window, bus, size):
            raise Fault("HAZARD", word, bus)
        if not self.memory.allows(bus, size, acc == "ST"):
            raise Fault("MEMORY", word, bus)
        if acc == "LD":
            buffer.load(row, element, unpack(self.memory.read(bus, size), bits))
            self.counters["read_" + window] += size
        else:
            self.memory.write(bus, pack(buffer.store(row, element, count), bits))
            self.stores.add(window, bus, size)
            self.counters["written_" + window] += size

    # Jobs

    def run(self, entry, words, max_work=None, chain=True):
        """Execute the job that starts at a block; its fault, or None.

        Without chain, the job ends after its first block, whatever that names.
        """
        self.work = DEFAULT_WORK if max_work is None else max_work
        self.stores.clear()
        number, named_by = 0, None
        try:
            while True:
                block = self._fetch(number, entry, words, named_by)
                self._run_block(block)
                target = self._next(block) if chain else None
                if target is None:
                    return None
                entry, words, named_by = target
                number += 1
        except Fault as fault:
            if fault.block is None:
                fault.block = number
            return fault

    @staticmethod
    def _next(block):
        """(offset, words, LD_ST IMEM word) of the next block, None at the end."""
        last = len(block.insns) - 1
        if block.insns[last]["last"]:
            return None
        offset, words, position = block.next_block()
        if words == 0:
            raise Fault("BAD_BLOCK", last)
        return offset, words, position

    def _fetch(self, number, offset, words, named_by):
        """The block at an offset; named_by is the LD_ST IMEM word of the block before."""
        if words == 0 or offset % 4:
            raise Fault("BAD_BLOCK", 0)
        self.charge(words, 0)
        size = 4 * words
        bus = self._window(0, "IMEM", offset, size)
        if self.stores.conflicts("IMEM", bus, size):
            raise Fault("HAZARD", named_by, bus, block=number - 1)
        if not self.memory.allows(bus, size, False):
            raise Fault("MEMORY", 0, bus)
        data = self.memory.read(bus, size)
        self.counters["read_IMEM"] += size
        self.counters["blocks"] += 1
        self.counters["words"] += words
        block = Block([int.from_bytes(data[i:i + 4], "little") for i in range(0, size, 4)],
                      self.encoding)
        self._check_static(block)
        return block

    def _check_static(self, block):
        """Everything words show before the block runs."""
        block.check_capacity(self.arch.instr_depth, self.arch.simd_instr_depth)
        block.array_group = ArrayGroup(block, self.arch) if block.sa else None
        if block.simd:
            SimdChecker(block, self.arch)
        if block.sa and block.simd:
            tiles = block.array_group.tiles_handed_over()
            if tiles != iterations(base_loops(block)):
                raise Fault("TILE_MISMATCH", block.simd[0], tiles)

    def _run_block(self, block):
        self.stores.clear()
        self.half = 0
        simd = SimdUnit(self, block) if block.simd else None
        if not block.sa:
            for index in simd.base_indices() if simd else ():
                simd.run(index)
            return
        indices = simd.base_indices() if simd else None
        for _ in ArrayRun(self, block.array_group).tiles():
            if simd:
                simd.run(next(indices))
                self.half ^= 1
