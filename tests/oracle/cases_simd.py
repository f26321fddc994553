# SPDX-License-Identifier: MIT
"""Vectors of the SIMD unit: transfers, base loops, iterators, nests, permutation."""
import numpy as np

from case import Case, array
from program import Program

V1, V2 = "VMEM1", "VMEM2"
OUT = 0x10000                                   # where the programs here store their results


def words(seed, count):
    return np.random.RandomState(seed).randint(-2**31, 2**31, count, dtype=np.int64)


def store(p, ns, row, rows, address=OUT):
    """Store whole rows of 4 lanes."""
    return p.dma_base("ST", ns, address).tile("ST", ns, row, 32, 4 * rows)


def load(p, ns, row, rows, address=0):
    return p.dma_base("LD", ns, address).tile("LD", ns, row, 32, 4 * rows)


# Transfers

LOOPS = {
    "plain": (),
    "one": ((3, 2, 24),),
    "gaps": ((30, 1, 4), (2, 2, 40), (11, 1, 12)),
    "overlap": ((0, 3, 4), (1, 1, 2)),
    "negative": ((5, 2, -16), (6, 1, 32)),
}


def dma_case(acc, width, name, req):
    """A strided transfer of one width; the other direction is plain 32 bit."""
    p = Program().simd_start()
    loops = LOOPS[name]
    p.dma_base("LD", V1, 256)
    if acc == "LD":
        p.tile("LD", V1, 2, width, req, *loops)
        store(p, V1, 0, 30)
    else:
        load(p, V1, 0, 40)
        p.dma_base("ST", V1, OUT + 256).tile("ST", V1, 3, width, req, *loops)
    p.simd_end().end()
    case = Case(f"dma_{acc.lower()}_w{width}_{name}", f"{acc} of {width} bits, {name} loops", p,
                noise=77 + width)
    case.load("SIMD", 0, "i32", words(width, 256))
    return case.expect("SIMD", OUT, "i32", 120 if acc == "LD" else 160)


def dma_cases():
    for width in (4, 8, 16, 32):
        for acc in ("LD", "ST"):
            for name in LOOPS:
                req = {"plain": width // 2 + 1, "overlap": 2}.get(name, 3)
                yield dma_case(acc, width, name, req)
    yield dma_registers()
    yield dma_descriptor_reset()
    yield dma_default_registers()
    yield dma_high_addresses()
    yield dma_wide()


def dma_registers():
    """Halves of address and stride written one at a time, in any order."""
    p = Program().simd_start()
    p.op("LD_CONFIG_BASE_ADDR", "MSB", V1, 0, 1).op("LD_CONFIG_BASE_ADDR", "LSB", V1, 0, 64)
    p.op("LD_CONFIG_BASE_ADDR", "LSB", V1, 0, 32)
    p.op("LD_CONFIG_TILE_ADDR", "MSB", V1, 0, 0).op("LD_CONFIG_TILE_ADDR", "LSB", V1, 0, 5)
    p.op("LD_CONFIG_TILE_LOOP_STRIDE", "MSB", V1, 4, 1)
    p.op("LD_CONFIG_TILE_LOOP_STRIDE", "LSB", V1, 4, 16)
    p.op("LD_CONFIG_TILE_LOOP_ITER", 0, V1, 4, 2)
    p.op("LD_CONFIG_TILE_LOOP_STRIDE", "LSB", V1, 9, 777)   # no ITER: one iteration
    p.op("LD_CONFIG_TILE_LOOP_ITER", 0, V1, 7, 1)           # no STRIDE: twice the same run
    p.start("LD", V1, 32, 4)
    store(p, V1, 0, 16)
    p.simd_end().end()
    case = Case("dma_registers", dma_registers.__doc__, p)
    for k in range(4):
        case.load("SIMD", 0x10000 * k, "i32", words(k, 32))
    return case.expect("SIMD", OUT, "i32", 64)


def dma_descriptor_reset():
    """TILE_ADDR, either half, ends the loops of its own (acc, ns) only; START keeps them."""
    p = Program().simd_start()
    p.dma_base("LD", V1, 0).dma_base("LD", V2, 64)
    p.op("LD_CONFIG_TILE_ADDR", "LSB", V2, 0, 0).tile_loop("LD", V2, 1, 1, 48)
    p.tile("LD", V1, 0, 32, 4, (1, 2, 32))
    p.op("LD_CONFIG_TILE_ADDR", "MSB", V1, 0, 0).start("LD", V1, 32, 8)
    p.start("LD", V2, 32, 8)                                # its loop is still there
    store(p, V1, 0, 8).start("ST", V1, 32, 16)              # START twice
    store(p, V2, 0, 8, OUT + 256)
    p.tile_loop("ST", V2, 0, 1, 64).op("ST_CONFIG_TILE_ADDR", "MSB", V2, 0, 0)
    p.op("ST_CONFIG_BASE_ADDR", "LSB", V2, 0, 512).start("ST", V2, 32, 4)
    p.simd_end().end()
    case = Case("dma_descriptor_reset", dma_descriptor_reset.__doc__, p)
    case.load("SIMD", 0, "i32", words(5, 64))
    return case.expect("SIMD", OUT, "i32", 160)


def dma_default_registers():
    """Registers are 0 at SIMD START."""
    p = Program().simd_start().start("LD", V1, 16, 6).op("ST_CONFIG_BASE_ADDR", "MSB", V1, 0, 1)
    p.start("ST", V1, 32, 16).simd_end().end()
    case = Case("dma_default_registers", dma_default_registers.__doc__, p, noise=3)
    case.load("SIMD", 0, "i16", words(6, 32) >> 16)
    return case.expect("SIMD", OUT, "i32", 16)


def dma_high_addresses():
    """BASE_ADDR is unsigned; the last byte of the window can be reached."""
    p = Program().simd_start()
    p.dma_base("LD", V1, 0xffffffe0).tile("LD", V1, 0, 32, 8)
    p.dma_base("ST", V1, 0x80000000).tile("ST", V1, 0, 8, 2, (0, 1, -0x10))
    p.simd_end().end()
    case = Case("dma_high_addresses", dma_high_addresses.__doc__, p)
    case.load("SIMD", 0xffffffe0, "i32", words(7, 8))
    return case.expect("SIMD", 0x7ffffff0, "i8", 32)


def dma_wide():
    """32 lanes, all widths in one group."""
    p = Program().simd_start()
    for k, width in enumerate((4, 8, 16, 32)):
        p.dma_base("LD", V1, 64 * k).tile("LD", V1, 4 * k, width, 3 if width == 4 else width // 8)
        p.dma_base("ST", V2, OUT + 0x1000 + 256 * k)
        p.iterator(V1, 0, 4 * k, 1).iterator(V2, 0, 0, 1)
        p.level(0, 3, (V2, 0), (V1, 0), (V1, 0)).op("MUL", V2, 0, V1, 0, V1, 0)
        p.tile("ST", V2, 0, width, 2)
    p.dma_base("ST", V1, OUT).tile("ST", V1, 0, 32, 64)
    p.simd_end().end()
    case = Case("dma_wide", dma_wide.__doc__, p, arch=array(32, VMEM_DEPTH=63))
    case.load("SIMD", 0, "i32", words(8, 128)).expect("SIMD", OUT, "i32", 512)
    return case.expect("SIMD", OUT + 0x1000, "u8", 1024)


# Base loops and what a tile leaves to the next

def base_loops_nest():
    """Three base loops with gaps in their ids, spread over LD and ST of both namespaces."""
    p = Program().simd_start()
    p.dma_base("LD", V1, 0x40).dma_base("LD", V2, 0x1000).dma_base("ST", V1, OUT + 0x800)
    p.base_loop("LD", V1, 31, 2, 16).base_loop("LD", V1, 2, 1, 160)
    p.base_loop("LD", V2, 9, 3, 8)
    p.base_loop("ST", V1, 9, 3, -32).base_loop("ST", V1, 2, 1, 512).base_loop("ST", V1, 31, 2, 4)
    p.dma_stride("BASE", "LD", V2, 31, -4)
    p.tile("LD", V1, 0, 32, 8).tile("LD", V2, 4, 16, 4)
    p.iterator(V1, 0, 0, 1).iterator(V2, 0, 4, 1)
    p.level(0, 2, (V1, 0), (V1, 0), (V2, 0)).op("SUB", V1, 0, V1, 0, V2, 0)
    p.tile("ST", V1, 0, 32, 5)
    p.simd_end().end()
    case = Case("base_loops_nest", base_loops_nest.__doc__, p)
    case.load("SIMD", 0, "i32", words(9, 256)).load("SIMD", 0xff0, "i16", words(10, 64) >> 16)
    return case.expect("SIMD", OUT, "i32", 1024)


def base_loops_order():
    """Nesting follows the id, not the order of the words: the last store of a byte wins."""
    p = Program().simd_start()
    p.dma_base("LD", V1, 0).dma_base("ST", V1, OUT)
    p.base_loop("LD", V1, 20, 2, 16).base_loop("ST", V1, 20, 2, 4)
    p.base_loop("ST", V1, 1, 1, 8).base_loop("LD", V1, 1, 1, 48)
    p.tile("LD", V1, 0, 32, 4).tile("ST", V1, 0, 32, 4).simd_end().end()
    case = Case("base_loops_order", base_loops_order.__doc__, p)
    return case.load("SIMD", 0, "i32", words(11, 32)).expect("SIMD", OUT, "i32", 12)


def base_loop_iter_anywhere():
    """Base loop words count wherever they stand; addresses use the registers at START."""
    p = Program().simd_start()
    p.dma_stride("BASE", "LD", V1, 3, 16)
    p.dma_base("LD", V1, 32).tile("LD", V1, 0, 32, 4)
    p.dma_stride("BASE", "ST", V1, 3, 64)
    p.dma_base("ST", V1, OUT).tile("ST", V1, 0, 32, 4)
    p.dma_stride("BASE", "LD", V1, 3, 48)
    p.op("ST_CONFIG_BASE_LOOP_ITER", 0, V2, 3, 3)
    p.tile("LD", V1, 1, 32, 4).tile("ST", V1, 1, 32, 4, (0, 1, 20)).simd_end().end()
    case = Case("base_loop_iter_anywhere", base_loop_iter_anywhere.__doc__, p)
    return case.load("SIMD", 0, "i32", words(12, 64)).expect("SIMD", OUT, "i32", 64)


def state_between_tiles():
    """Configuration stays between tiles: what stands after its use acts one tile later."""
    p = Program().simd_start()
    p.base_loop("ST", V2, 0, 3, 128)
    p.start("LD", V1, 32, 8)
    p.level(1, 2, (V2, 2), (V1, 1), ("IMM", 3)).inst(2)
    p.op("ADD", V2, 0, V1, 0, "IMM", 0).op("32FXP_8FXP", V2, 0, V1, 0, V1, 0)
    p.level(0, 2, (V2, 3), (V1, 1), ("IMM", 3)).op("ADD", V2, 0, V1, 0, "IMM", 0)
    p.permute(V2, V1, 0)
    p.op("ST_CONFIG_BASE_ADDR", "MSB", V2, 0, 1).start("ST", V2, 32, 32)
    p.op("LD_CONFIG_BASE_ADDR", "LSB", V1, 0, 16)
    p.op("LD_CONFIG_TILE_ADDR", "LSB", V1, 0, 3).tile_loop("LD", V1, 0, 1, 24)
    p.op("BASE_LOW", V1, 1, 4).op("STRIDE_LOW", V1, 1, 1).op("STRIDE_LOW", V2, 2, 1)
    p.op("BASE_LOW", V2, 3, 2).op("STRIDE_LOW", V2, 3, 1)
    p.op("IMM_SIGN_EXT", "IMM", 5, -3).op("BASE_LOW", "IMM", 3, 5)
    p.dtype(20, 8).walker("RD", 3, (0, 1, 1)).walker("WR", 6, (4, 1, -1))
    p.simd_end().end()
    case = Case("state_between_tiles", state_between_tiles.__doc__, p)
    return case.load("SIMD", 0, "i32", words(13, 64)).expect("SIMD", OUT, "i32", 128)


def base_cases():
    yield base_loops_nest()
    yield base_loops_order()
    yield base_loop_iter_anywhere()
    yield state_between_tiles()


# Iterators, immediates and nests

def vmem_case(build, rows_in=16, rows_out=32, **options):
    """A program that works on VMEM1, loaded from 0, and stores VMEM1 and VMEM2."""
    p = Program().simd_start()
    load(p, V1, 0, rows_in)
    build(p)
    store(p, V1, 0, rows_out)
    store(p, V2, 0, rows_out, OUT + 0x1000)
    p.simd_end().end()
    name = build.__name__
    case = Case(name, build.__doc__, p, **options)
    case.load("SIMD", 0, "i32", words(sum(map(ord, name)), 4 * rows_in))
    case.expect("SIMD", OUT, "i32", 4 * rows_out)
    return case.expect("SIMD", OUT + 0x1000, "i32", 4 * rows_out)


def nest_halves(p):
    """LOW and HIGH replace a half, ZEROFILL and SIGN_EXT the whole, of base and stride."""
    p.op("BASE_SIGN_EXT", V1, 1, -1).op("BASE_HIGH", V1, 1, 0).op("BASE_LOW", V1, 1, 5)
    p.op("STRIDE_ZEROFILL", V1, 1, -1).op("STRIDE_HIGH", V1, 1, 0xffff)     # -1
    p.op("BASE_HIGH", V2, 1, 9).op("BASE_ZEROFILL", V2, 1, 3)
    p.op("STRIDE_LOW", V2, 1, 7).op("STRIDE_SIGN_EXT", V2, 1, 2)
    p.level(0, 4, (V2, 1), (V1, 1)).op("MOVE", V2, 0, V1, 0, "IMM", 0)
    p.op("STRIDE_LOW", V1, 1, 0xfffe)                                       # -2
    p.op("BASE_LOW", V2, 1, 20)
    p.level(0, 3, (V2, 1), (V1, 1)).op("MOVE", V2, 0, V1, 0, "IMM", 0)


def nest_immediates(p):
    """All immediate words, IMM iterators that advance, slot 31; slots are broadcast."""
    p.op("IMM_SIGN_EXT", "IMM", 31, 0x8000).op("IMM_SIGN_EXT", "IMM", 30, 0x7fff)
    p.op("IMM_SIGN_EXT", "IMM", 29, -1).op("SET_IMM_LOW", "IMM", 29, 0x1234)
    p.op("SET_IMM_HIGH", "IMM", 28, 0x8000).op("IMM_SIGN_EXT", "IMM", 27, -5)
    p.op("SET_IMM_HIGH", "IMM", 27, 0x7abc)
    p.iterator("IMM", 4, 31, -1).iterator("IMM", 31, 20, 2).iterator(V1, 0, 0, 1)
    p.iterator(V2, 0, 0, 1)
    p.level(0, 6, (V2, 0), ("IMM", 4), (V1, 0)).op("ADD", V2, 0, "IMM", 0, V1, 0)
    p.iterator(V2, 0, 8, 1)
    p.level(0, 6, (V2, 0), (V1, 0), ("IMM", 31)).op("SUB", V2, 0, V1, 0, "IMM", 9)


def nest_eight_levels(p):
    """Eight levels, their loop ids in no order, some of one iteration."""
    for k, loop in enumerate((3, 7, 0, 5, 1, 6, 2, 4)):
        p.iterator(V1, k, 2, (0, 4, 1, 0, 0, 2, 0, 8)[k])
        p.iterator(V2, k, 1, (16, 1, 0, 2, 3, 4, 0, 8)[k])
    p.op("BASE_SIGN_EXT", V1, 7, 0).op("BASE_SIGN_EXT", V2, 7, 0)
    for k, loop in enumerate((3, 7, 0, 5, 1, 6, 2, 4)):
        p.level(loop, (1, 2, 3, 1, 2, 2, 1, 1)[k], (V2, k), (V1, k), (V2, k))
    p.inst().op("ADD", V2, 0, V1, 0, V2, 0)


def nest_base_innermost(p):
    """The base is the innermost level's; outer levels give their strides only."""
    p.iterator(V1, 0, 9, 4).iterator(V1, 1, 1, 1)
    p.iterator(V2, 0, 30, 5).iterator(V2, 1, 2, 1)
    p.level(0, 3, (V2, 0), (V1, 0)).level(1, 3, (V2, 1), (V1, 1)).inst()
    p.op("ABS", V2, 0, V1, 0, "IMM", 0)


def nest_outer_namespace(p):
    """An outer level may name iterators of another namespace: only strides count there."""
    p.iterator(V1, 3, 50, 2).iterator("IMM", 3, 60, 3).iterator(V1, 0, 1, 1).iterator(V2, 0, 0, 1)
    p.level(0, 3, ("IMM", 3), (V1, 3), (V1, 3)).level(1, 2, (V2, 0), (V1, 0)).inst()
    p.op("NOT", V2, 0, V1, 0, "IMM", 0)


def nest_body_three(p):
    """A body of three words with NOP; later words see earlier results, rows are shared."""
    p.iterator(V1, 0, 0, 2).iterator(V1, 1, 1, 2).iterator(V2, 0, 0, 1)
    p.level(2, 8, (V2, 0), (V1, 0), (V1, 1)).inst(4, 0)
    p.op("MUL", V2, 0, V1, 0, V1, 0).nop()
    p.op("MACC", V2, 0, V1, 0, V1, 0).op("MAX", V2, 0, V1, 0, V1, 0)
    p.level(2, 4, (V1, 1), (V1, 0), (V2, 0)).inst(2)
    p.op("SUB", V1, 0, V1, 0, V2, 0).op("COND_MOVE_TRUE", V1, 0, V1, 0, V2, 0)


def nest_accumulate(p):
    """Accumulation over levels of stride 0, as reductions do it."""
    p.iterator(V1, 0, 0, 4).iterator(V1, 1, 0, 1).iterator(V2, 0, 0, 1).iterator(V2, 1, 0, 0)
    p.iterator(V1, 2, 8, 0)
    p.level(0, 3, (V2, 0), (V1, 0), (V1, 2)).level(1, 4, (V2, 1), (V1, 1), (V1, 2)).inst()
    p.op("MACC", V2, 5, V1, 5, V1, 5)
    p.iterator(V2, 2, 8, 1).iterator(V2, 3, 8, 0)
    p.level(0, 3, (V2, 2), (V2, 2), (V1, 0)).level(1, 4, (V2, 3), (V2, 3), (V1, 1))
    p.op("MAX", V2, 0, V2, 0, V1, 0)
    p.iterator(V2, 4, 16, 0)
    p.level(7, 16, (V2, 4), (V2, 4), (V1, 1)).op("ADD", V2, 0, V2, 0, V1, 0)


def nest_recurrence(p):
    """An iteration sees the results of earlier ones: row i + 1 from row i."""
    p.iterator(V1, 0, 0, 1).iterator(V1, 1, 1, 1).iterator(V1, 2, 2, 1)
    p.level(0, 16, (V1, 2), (V1, 0), (V1, 1)).inst().op("ADD", V1, 0, V1, 0, V1, 0)


def nest_implicit_body(p):
    """A body word without SET_INST closes the nest; the next word runs once, on its own
    index fields."""
    p.iterator(V1, 0, 0, 1).iterator(V2, 0, 0, 1).iterator(V1, 9, 11).iterator(V2, 6, 20)
    p.level(0, 5, (V2, 0), (V1, 0), (V1, 0)).op("ADD", V2, 9, V1, 9, V1, 9)
    p.op("SUB", V2, 6, V1, 9, V2, 0).nop()
    p.op("BASE_SIGN_EXT", V2, 6, 21).op("MOVE", V2, 6, V1, 9, "IBUF", 31)
    p.op("BASE_SIGN_EXT", V2, 6, 22).op("MACC", V2, 6, V1, 9, V1, 0)


def nest_nop_delay(p):
    """NOP nests as the published compiler pads with; their operands are not checked."""
    p.iterator(V1, 0, 1).level(6, 51, (V1, 0), (V1, 0), (V1, 0)).inst(1, 1).nop()
    p.level(5, 3, ("IMM", 0), ("IBUF", 0), ("IBUF", 0)).nop().nop()
    p.iterator(V2, 0, 0, 1).iterator(V1, 0, 0, 1)
    p.level(0, 3, (V2, 0), (V1, 0)).op("SIGN", V2, 0, V1, 0, "IMM", 0)


def operands_unused(p):
    """Source 2 of one-operand functions is not checked, in a nest or outside."""
    p.iterator("IMM", 7, 1000).iterator(V1, 0, 0, 1).iterator(V2, 0, 0, 1)
    row = 0
    for name in ("MOVE", "NOT", "RELU", "ABS", "SIGN", "SIGMOID", "TANH", "EXP", "LN", "SQRT",
                 "INV_SQRT", "LOG2", "32FXP_16FXP", "16BFP_32FP", "FLOOR", "CEIL"):
        p.op("BASE_LOW", V2, 0, row)
        p.level(0, 2, (V2, 0), (V1, 0), ("IMM", 7)).op(name, V2, 0, V1, 0, "IBUF", 3)
        row += 2


def iterator_file(p):
    """Iterators are 32 a namespace and independent of each other."""
    for k in (0, 1, 30, 31):
        p.op("BASE_SIGN_EXT", V1, k, k // 3).op("BASE_SIGN_EXT", V2, k, k)
    for k in (0, 1, 30, 31):
        p.op("OR", V2, k, V1, k, V1, 31).op("AND", V1, k, V1, k, V1, 30)


def imm_depth(p):
    """IMM_DEPTH 8: the last slot; other buffers unaffected."""
    p.imm(7, -123456).imm(0, 99).iterator("IMM", 0, 7, -7).iterator(V2, 0, 3, 1)
    p.level(0, 2, (V2, 0), ("IMM", 0)).op("MOVE", V2, 0, "IMM", 0, "IMM", 0)


def nest_cases():
    for build in (nest_halves, nest_immediates, nest_eight_levels, nest_base_innermost,
                  nest_outer_namespace, nest_body_three, nest_accumulate, nest_recurrence,
                  nest_implicit_body, nest_nop_delay, operands_unused, iterator_file):
        yield vmem_case(build)
    yield vmem_case(imm_depth, arch={"IMM_DEPTH": 8})


# Permutation

def perm_copy(p):
    """Row copies: gaps in the loop ids, negative and zero strides, unequal loop structure."""
    p.walker("RD", 12, (3, 2, -4), (31, 3, 1)).walker("WR", 1, (0, 11, 2)).permute(V2, V1, 0)
    p.walker("RD", 5).walker("WR", 30).permute(V2, V1, 0)
    p.walker("RD", 7, (0, 3, 0)).walker("WR", 25, (9, 1, 1), (8, 1, 2)).permute(V2, V1, 0)


def perm_copy_in_place(p):
    """Without shuffle rows move in order, so an overlapping copy propagates."""
    p.walker("RD", 0, (0, 5, 1)).walker("WR", 2, (0, 5, 1)).permute(V1, V1, 0)


def perm_transpose(p):
    """With shuffle: blocks of M rows, several a PERM_START, walked by nested loops."""
    p.walker("RD", 0, (1, 1, 1), (2, 3, 2), (0, 1, 8)).walker("WR", 0, (0, 15, 1))
    p.permute(V2, V1, 1)
    p.walker("WR", 31, (0, 15, -1)).permute(V2, V1, 1)      # the RD walker is unchanged


def perm_transpose_in_place(p):
    """All reads of a block come before its writes."""
    p.walker("RD", 4, (0, 3, 1)).walker("WR", 4, (0, 3, 1)).permute(V1, V1, 1)
    p.walker("RD", 8, (0, 7, 1)).walker("WR", 6, (0, 7, 1)).permute(V1, V1, 1)


def perm_broadcast(p):
    """RD stride 0 with shuffle: row i holds lane i of one row in every lane."""
    p.walker("RD", 3, (1, 3, 0), (0, 2, 5)).walker("WR", 0, (0, 11, 1)).permute(V2, V1, 1)
    p.walker("RD", 2, (0, 3, 0)).walker("WR", 20, (0, 3, 0)).permute(V2, V1, 1)


def perm_defaults(p):
    """Walkers at rest: one step from row 0; a base address clears the loops."""
    p.permute(V2, V1, 0)
    p.walker("RD", 1, (0, 3, 1)).op("PERM_SET_BASE_ADDR", "RD", 0, 6)
    p.op("PERM_SET_BASE_ADDR", "WR", 0, 9).permute(V2, V1, 0)
    p.op("PERM_SET_LOOP_STRIDE", "RD", 5, 2).op("PERM_SET_LOOP_ITER", "RD", 5, 2)
    p.op("PERM_SET_LOOP_ITER", "WR", 5, 2).op("PERM_SET_LOOP_STRIDE", "WR", 5, 3)
    p.permute(V2, V1, 0)
    p.op("PERM_SET_LOOP_ITER", "RD", 5, 1).op("PERM_SET_LOOP_ITER", "WR", 5, 1)
    p.permute(V1, V2, 0)


def perm_cases():
    for build in (perm_copy, perm_copy_in_place, perm_transpose, perm_transpose_in_place,
                  perm_broadcast, perm_defaults):
        yield vmem_case(build)
    p = Program().simd_start()
    p.dma_base("LD", V1, 0).tile("LD", V1, 0, 8, 16)
    p.walker("RD", 0, (0, 15, 1)).walker("WR", 0, (0, 15, 1)).permute(V2, V1, 1)
    p.dma_base("ST", V2, OUT).tile("ST", V2, 0, 8, 16).simd_end().end()
    data = words(20, 256) >> 24
    case = Case("perm_transpose16", "a 16 x 16 transpose of bytes", p, arch=array(16))
    case.load("SIMD", 0, "i8", data)
    yield case.expect("SIMD", OUT, "i8", 256, want=data.reshape(16, 16).T)


def cases():
    yield from dma_cases()
    yield from base_cases()
    yield from nest_cases()
    yield from perm_cases()
