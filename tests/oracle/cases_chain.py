# SPDX-License-Identifier: MIT
"""Vectors of several blocks: the chain, what survives a block, windows and memory regions."""
import numpy as np

from case import Case
from cases_array import W_AT, lay_out, signed, wrap
from cases_fused import relu_group
from program import Program

V1, V2 = "VMEM1", "VMEM2"
BASE = {name: 0x40000000 for name in ("IMEM", "PARAM", "IBUF", "OBUF", "SIMD")}


class Chain:
    """Blocks laid out one after the other; each names the next through fixed-up words."""

    def __init__(self, encoding="sync_inst"):
        self.encoding = encoding
        self.blocks = []

    def add(self, build, where="end"):
        """A block of build(p); where: `before`, `inside` or `end` for the IMEM words."""
        self.blocks.append((build, where))
        return self

    def program(self, gap=0):
        """Assemble twice: the first pass finds the sizes."""
        sizes = [0] * (len(self.blocks) + 1)
        for _ in range(2):
            p = Program(self.encoding)
            for k, (build, where) in enumerate(self.blocks):
                offset = 4 * (sum(sizes[:k + 1]) + gap * (k + 1))
                target = (offset, sizes[k + 1]) if k + 1 < len(self.blocks) else None
                start = len(p.words)
                self._block(p, build, where, target)
                sizes[k] = len(p.words) - start
                if k + 1 < len(self.blocks):
                    for _ in range(gap):
                        p.end(1)
        return p

    @staticmethod
    def _block(p, build, where, target):
        if target and where == "before":
            p.imem(*target)
        if where == "inside":
            p.sa_start()
            if target:
                p.imem(*target)
        build(p)
        if target and where == "end":
            p.imem(*target)
        p.end(0 if target else 1)


def add_one(p, source, target):
    """A SIMD block: row at target = row at source + 1 in the SIMD window."""
    p.simd_start().dma_base("LD", V1, source).dma_base("ST", V1, target).imm(0, 1)
    p.start("LD", V1, 32, 4).op("ADD", V1, 0, V1, 0, "IMM", 0).start("ST", V1, 32, 4)
    p.simd_end()


def chain_four():
    """Four blocks; IMEM words before, inside, between and after the groups; a block without
    groups; stores of a block are complete before the next one's loads."""
    chain = Chain()
    chain.add(lambda p: add_one(p, 0, 16), "before")
    chain.add(lambda p: p.sa_end() and add_one(p, 16, 32), "inside")
    chain.add(lambda p: None)
    chain.add(lambda p: add_one(p, 32, 0))
    case = Case("chain_four", chain_four.__doc__, chain.program(gap=3), chain=True)
    case.load("SIMD", 0, "i32", [1, -1, 2**31 - 2, 7])
    return case.expect("SIMD", 0, "i32", 4, want=[4, 2, 1 - 2**31, 10])


def chain_entry():
    """The job's entry and words come from outside; BLOCK_END 1 ends it though a next block is
    named; halves of the IMEM register; the last LD_ST IMEM counts."""
    p = Program()
    add_one(p, 0, 64)
    p.end()
    first = p.block_starts[-1]
    p.op("LD_ST", "LD", "IMEM", "WBUF", 63, 3)
    p.op("SET_BASE_ADDR", "HIGH", "IMEM", "BBUF", 0, 1)
    p.op("SET_BASE_ADDR", "LOW", "IMEM", "WBUF", 0, 0x100)
    add_one(p, 0, 16)
    p.op("SET_BASE_ADDR", "HIGH", "IMEM", "OBUF", 0, 0)
    p.op("LD_ST", "LD", "IMEM", "OBUF", 0, 4).end(0)
    words = p.block_starts[-1] - first
    while len(p.words) < 64:
        p.end()
    p.imem(0, first).end(1)
    case = Case("chain_entry", chain_entry.__doc__, p, chain=True, entry=4 * first,
                entry_words=words)
    case.load("SIMD", 0, "i32", [1, 2, 3, 4])
    return case.expect("SIMD", 0, "i32", 32, want=[1, 2, 3, 4, 2, 3, 4, 5] + [0] * 24)


def chain_off():
    """Without `chain` the blocks run as laid out, and a missing next block is no fault."""
    p = Program()
    for k in range(3):
        add_one(p, 16 * k, 16 * k + 16)
        p.end(0)
    case = Case("chain_off", chain_off.__doc__, p)
    case.load("SIMD", 0, "i32", [5, 6, 7, 8])
    return case.expect("SIMD", 0, "i32", 16, want=[k + j for j in range(4) for k in range(5, 9)])


def chain_keeps_scratchpads():
    """Scratchpads and IMM keep their contents from block to block, configuration does not."""
    chain = Chain()

    def fill(p):
        p.sa_start().base("WBUF", W_AT).base("BBUF", 0x40).base("OBUF", 0x100)
        p.transfer("LD", "WBUF", 2).transfer("LD", "BBUF", 8).transfer("LD", "OBUF", 4)
        p.transfer("LD", "IBUF", 2).sa_end().simd_start()
        p.imm(5, 1234567).iterator("IMM", 0, 5).dtype(8, 8).iterator(V2, 0, 3)
        p.walker("RD", 1, (0, 3, 1)).walker("WR", 4, (0, 3, 1))
        p.dma_base("LD", V1, 0x40).tile("LD", V1, 1, 32, 8).simd_end()

    def use(p):
        p.sa_start().loop(7, 1, IBUF=1, WBUF=1, OBUF=1)
        p.reduce(0, "INNER").transfer("ST", "OBUF", 8).sa_end()
        p.simd_start().iterator(V1, 0, 1).iterator("IMM", 1, 5).iterator(V1, 1, 2)
        p.op("ADD", V2, 0, V1, 0, "IMM", 1).iterator(V2, 1, 1)
        p.op("32FXP_16FXP", V2, 1, V1, 1, "IMM", 0)
        p.permute(V1, V2, 0).start("ST", V1, 32, 8).iterator(V1, 2, 1)
        p.op("MOVE", V1, 2, "OBUF", 0, "IMM", 0).start("ST", V2, 32, 8)
        p.op("ST_CONFIG_BASE_ADDR", "LSB", V1, 0, 64).start("ST", V1, 32, 16).simd_end()

    case = Case("chain_keeps_scratchpads", chain_keeps_scratchpads.__doc__,
                chain.add(fill).add(use).program(), chain=True)
    x, w = signed(200, (2, 4), 8), signed(201, (2, 4, 4), 8)
    case.load("IBUF", 0, "i8", x).load("PARAM", W_AT, "i8", lay_out(w, 4, 1))
    case.load("PARAM", 0x40, "i32", signed(202, 8, 32))
    case.load("OBUF", 0x100, "i32", signed(203, 4, 32))
    case.load("SIMD", 0x40, "i32", signed(204, 8, 32))
    return case.expect("SIMD", 0, "i32", 48).expect("OBUF", 0, "i32", 8)


def chain_simd_to_array():
    """SIMD fills IBUF, its low 8 bits a lane; the next block's array reads it without a load."""
    chain = Chain()

    def fill(p):
        p.simd_start().tile("LD", V1, 0, 32, 16).iterator(V1, 0, 0, 1).iterator("IBUF", 0, 2, 1)
        p.level(0, 4, ("IBUF", 0), (V1, 0)).op("MOVE", "IBUF", 0, V1, 0, "IMM", 0).simd_end()

    def use(p):
        p.sa_start().transfer("LD", "WBUF", 1).loop(7, 5, IBUF=1, OBUF=1)
        p.transfer("ST", "OBUF", 24).sa_end()

    case = Case("chain_simd_to_array", chain_simd_to_array.__doc__,
                chain.add(fill).add(use).program(), chain=True)
    x, w = signed(210, (4, 4), 32), signed(211, (1, 4, 4), 8)
    case.load("SIMD", 0, "i32", x).load("PARAM", 0, "i8", lay_out(w, 4, 1))
    want = np.concatenate((np.zeros((2, 4)), wrap(x, 8) @ w[0])).astype(np.int64)
    return case.expect("OBUF", 0, "i32", 24, want=want)


def chain_ibuf_macc():
    """IBUF as a destination that is read too: MACC and COND_MOVE on its 4-bit elements."""
    chain = Chain()

    def fill(p):
        p.simd_start().tile("LD", V1, 0, 32, 8).iterator(V1, 1, 1)
        p.op("MOVE", "IBUF", 0, V1, 0, "IMM", 0).op("MACC", "IBUF", 0, V1, 0, V1, 1)
        p.iterator("IBUF", 1, 1).op("COND_MOVE_TRUE", "IBUF", 1, V1, 1, V1, 0)
        p.simd_end()

    def use(p):
        p.sa_start().transfer("LD", "WBUF", 1).loop(7, 1, IBUF=1, OBUF=1)
        p.transfer("ST", "OBUF", 8).sa_end()

    arch = {"DATA_WIDTH": 4, "WEIGHT_LAYOUT": "column"}
    case = Case("chain_ibuf_macc", chain_ibuf_macc.__doc__,
                chain.add(fill).add(use).program(), chain=True, arch=arch)
    case.load("SIMD", 0, "i32", [7, -6, 0x12345, 0, 3 << 16, 65536, -65536, 99])
    return case.load("PARAM", 0, "i8", np.eye(4)).expect("OBUF", 0, "i32", 8)


def chain_one_memory():
    """Five windows at one address: a whole program, output of one block input of the next."""
    chain = Chain()

    def first(p):
        p.sa_start().base("IBUF", 0x2000).base("WBUF", 0x3000)
        p.transfer("LD", "IBUF", 4).transfer("LD", "WBUF", 1).loop(7, 3, IBUF=1, OBUF=1).sa_end()
        p.simd_start().dma_base("ST", V1, 0x2100).dtype(8, 28)
        p.iterator("OBUF", 0, 0, 1).iterator(V1, 0, 0, 1)
        p.level(0, 4, (V1, 0), ("OBUF", 0)).op("32FXP_8FXP", V1, 0, "OBUF", 0, "IMM", 0)
        p.release().tile("ST", V1, 0, 8, 4).simd_end()

    def second(p):
        p.sa_start().base("IBUF", 0x2100).base("WBUF", 0x3010).base("OBUF", 0x2200)
        p.transfer("LD", "IBUF", 4).transfer("LD", "WBUF", 1).loop(7, 3, IBUF=1, OBUF=1)
        p.transfer("ST", "OBUF", 16).sa_end()

    regions = [{"base": BASE["IMEM"], "size": 0x1000, "writable": False},
               {"base": BASE["IMEM"] + 0x2000, "size": 0x300, "writable": True},
               {"base": BASE["IMEM"] + 0x3000, "size": 0x20, "writable": False}]
    case = Case("chain_one_memory", chain_one_memory.__doc__,
                chain.add(first, "before").add(second).program(), chain=True,
                window_base=BASE, memory=regions)
    x, w = signed(220, (4, 4), 8), signed(221, (2, 4, 4), 8)
    case.load("IBUF", 0x2000, "i8", x).load("PARAM", 0x3000, "i8", lay_out(w, 4, 1))
    y = np.clip((x @ w[0]) >> 4, -128, 127)
    case.expect("OBUF", 0x2100, "i8", 16, want=y)
    return case.expect("SIMD", 0x2200, "i32", 16, want=y @ w[1])


def chain_aliases_allowed():
    """What is no hazard: the same channel, a load before a store, stores of the block before."""
    chain = Chain()

    def first(p):
        p.simd_start().dma_base("LD", V1, 0x2000).start("LD", V1, 32, 4)
        p.dma_base("ST", V1, 0x2010).start("ST", V1, 32, 4)
        p.dma_base("LD", V2, 0x2008).start("LD", V2, 32, 4)
        p.dma_base("ST", V2, 0x2018).start("ST", V2, 32, 4).simd_end()

    def second(p):
        p.sa_start().base("IBUF", 0x2010).base("OBUF", 0x2010).base("BBUF", 0x2014)
        p.transfer("LD", "IBUF", 4).transfer("LD", "BBUF", 4).loop(7, 0)
        p.transfer("ST", "OBUF", 4).loop(0, 1, LD_OBUF=4, LD_IBUF=16, LD_BBUF=12, ST_OBUF=-16)
        p.transfer("LD", "OBUF", 4).sa_end()

    case = Case("chain_aliases_allowed", chain_aliases_allowed.__doc__,
                chain.add(first).add(second).program(), chain=True, window_base=BASE)
    case.load("SIMD", 0x1ff0, "i32", signed(230, 24, 32))
    return case.expect("SIMD", 0x1ff0, "i32", 24)


def chain_half0():
    """Both groups use half 0 when a block starts, also after an odd number of swaps: tiles 0
    and 2 stand in half 0, tile 1 in half 1, the rest is noise."""
    chain = Chain()

    def first(p):
        p.sa_start().loop(0, 2, LD_BBUF=16).transfer("LD", "BBUF", 4).loop(7, 0).sa_end()
        relu_group(p, 2, ((0, 2, 32),))

    def second(p):
        p.sa_start().transfer("ST", "OBUF", 8).sa_end()
        relu_group(p, 3, (), 0x100)

    case = Case("chain_half0", chain_half0.__doc__, chain.add(first).add(second).program(),
                noise=37, chain=True)
    case.load("PARAM", 0, "i32", signed(130, 12, 32)).expect("SIMD", 0, "i32", 96)
    return case.expect("OBUF", 0, "i32", 8)


def max_work_exact():
    """A budget that is just enough: every charge of section 11."""
    p = Program().sa_start().loop(0, 1, LD_IBUF=4).loop(14, 2, LD_IBUF=8)
    p.transfer("LD", "IBUF", 2).loop(7, 5, IBUF=1, OBUF=1).sa_end()
    p.simd_start().base_loop("ST", V1, 0, 1, 0).iterator("OBUF", 0, 0, 1)
    p.level(0, 3, (V1, 0), ("OBUF", 0)).inst(2).op("MOVE", V1, 0, "OBUF", 0, "IMM", 0).nop()
    p.op("ADD", V1, 0, V1, 0, V1, 0).nop().permute(V2, V1, 0).start("ST", V1, 32, 4).simd_end()
    p.end()
    group = p.lines[-2::-1].index("SYNC_INST SIMD, START, EXEC, 0, 0, 0") + 1
    tile = 1 + (3 + 24 // 16) + 6 + group + 3 * 2 + 2 + 1 + (1 + 1)
    work = len(p.words) + 2 * tile
    case = Case("max_work_exact", max_work_exact.__doc__, p, max_work=work)
    case.load("IBUF", 0, "i8", range(64))
    return case.expect("SIMD", 0, "i32", 4)


def cases():
    for build in (chain_four, chain_entry, chain_off, chain_keeps_scratchpads,
                  chain_simd_to_array, chain_ibuf_macc, chain_one_memory, chain_aliases_allowed,
                  chain_half0, max_work_exact):
        yield build()
