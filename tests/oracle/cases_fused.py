# SPDX-License-Identifier: MIT
"""Vectors with both groups in a block: handover, OBUF halves, release, IBUF by SIMD."""
import numpy as np

from case import Case
from cases_array import B_AT, W_AT, lay_out, signed, wrap
from program import Program

V1, V2 = "VMEM1", "VMEM2"


def relu_group(p, rows, base_loops, address=0):
    """The SIMD group of a fused tile: RELU of OBUF rows, release, store."""
    p.simd_start().dma_base("ST", V2, address)
    for loop in base_loops:
        p.base_loop("ST", V2, *loop)
    p.iterator("OBUF", 0, 0, 1).iterator(V2, 0, 0, 1)
    p.level(0, rows, (V2, 0), ("OBUF", 0)).op("RELU", V2, 0, "OBUF", 0, "IMM", 0).release()
    return p.tile("ST", V2, 0, 32, 4 * rows).simd_end()


def gemm_group(p, tiles, rows):
    """An array group of `tiles` outer iterations over rows of IBUF."""
    p.sa_start().base("WBUF", W_AT).base("BBUF", B_AT)
    p.loop(0, tiles - 1, LD_IBUF=4 * rows)
    p.transfer("LD", "WBUF", 1).transfer("LD", "BBUF", 4).transfer("LD", "IBUF", rows)
    return p.loop(8, rows - 1, IBUF=1, OBUF=1).sa_end()


def operands(case, seed, rows):
    x, w, b = signed(seed, (rows, 4), 8), signed(seed + 1, (1, 4, 4), 8), signed(seed + 2, 4, 16)
    case.load("IBUF", 0, "i8", x).load("PARAM", W_AT, "i8", lay_out(w, 4, 1))
    case.load("PARAM", B_AT, "i32", b)
    return x @ w[0] + b


def fused_relu():
    """gemm + relu, 5 tiles, base loops with three ids against one outer loop of the array."""
    p = gemm_group(Program(), 6, 3)
    relu_group(p, 3, ((5, 2, 48), (1, 1, 144), (9, 0, 7777))).end()
    case = Case("fused_relu", fused_relu.__doc__, p, noise=31)
    want = np.maximum(operands(case, 100, 18), 0)
    return case.expect("SIMD", 0, "i32", 72, want=want)


def fused_reduce():
    """Three reduction tiles a handover: sums stay in the half until it is handed over."""
    x, w, b = signed(110, (4, 3, 2, 4), 8), signed(111, (3, 4, 4), 8), signed(112, (4,), 16)
    p = Program().sa_start().base("WBUF", W_AT).base("BBUF", B_AT)
    p.loop(1, 3, LD_IBUF=24).loop(4, 2, LD_IBUF=8, LD_WBUF=16).reduce(4, "OUTER")
    p.transfer("LD", "IBUF", 2).transfer("LD", "WBUF", 1).transfer("LD", "BBUF", 4)
    p.loop(9, 1, IBUF=1, OBUF=1).sa_end()
    relu_group(p, 2, ((0, 3, 32),)).end()
    case = Case("fused_reduce", fused_reduce.__doc__, p, noise=33)
    case.load("IBUF", 0, "i8", x).load("PARAM", W_AT, "i8", lay_out(w, 4, 1))
    case.load("PARAM", B_AT, "i32", b)
    want = np.maximum(np.einsum("tkrn,knc->trc", x, w) + b, 0)
    return case.expect("SIMD", 0, "i32", 32, want=want)


def fused_halves():
    """Rows the array does not write show which half is read: noise, then what LD OBUF left."""
    p = Program().sa_start()
    p.loop(0, 4, LD_BBUF=16, LD_OBUF=16, ST_OBUF=16).loop(14, 0, LD_OBUF=0)
    p.transfer("LD", "BBUF", 4).transfer("LD", "OBUF", 4).transfer("ST", "OBUF", 8)
    p.stride("ST", "OBUF", 0, 64).loop(7, 0, OBUF=1).sa_end()
    p.simd_start().base_loop("ST", V1, 0, 4, 64).iterator("OBUF", 0, 0, 1).iterator(V1, 0, 0, 1)
    p.level(0, 4, (V1, 0), ("OBUF", 0)).op("MOVE", V1, 0, "OBUF", 0, "IMM", 0)
    p.tile("ST", V1, 0, 32, 16).simd_end().end()
    case = Case("fused_halves", fused_halves.__doc__, p, noise=35)
    case.load("PARAM", 0, "i32", signed(120, 20, 32)).load("OBUF", 0, "i32", signed(121, 20, 32))
    return case.expect("SIMD", 0, "i32", 80).expect("OBUF", 0, "i32", 96)


def fused_release_early():
    """OBUF can be read any number of times before the release, VMEM after it; the release
    stands for one tile only."""
    p = gemm_group(Program(), 4, 2)
    p.simd_start().base_loop("ST", V2, 3, 3, 32).iterator("OBUF", 0, 0, 1).iterator(V1, 0, 0, 1)
    p.iterator(V2, 0, 0, 1)
    p.level(0, 2, (V1, 0), ("OBUF", 0), ("OBUF", 0)).op("MAX", V1, 0, "OBUF", 0, "OBUF", 0)
    p.walker("RD", 0, (0, 1, 1)).walker("WR", 2, (0, 1, 1)).permute(V1, "OBUF", 0).release()
    p.release()
    p.iterator(V1, 1, 2, 1)
    p.level(0, 2, (V2, 0), (V1, 0), (V1, 1)).op("ADD", V2, 0, V1, 0, V1, 0)
    p.tile("ST", V2, 0, 32, 8).simd_end().end()
    case = Case("fused_release_early", fused_release_early.__doc__, p)
    want = wrap(2 * operands(case, 140, 8))
    return case.expect("SIMD", 0, "i32", 32, want=want)


def fused_store_too():
    """ST OBUF and the SIMD group see the same tile; the store comes before the handover."""
    p = Program().sa_start().loop(2, 1, LD_BBUF=16, ST_OBUF=16)
    p.transfer("ST", "OBUF", 4).transfer("LD", "BBUF", 4).loop(10, 0).sa_end()
    relu_group(p, 1, ((0, 1, 16),)).end()
    case = Case("fused_store_too", fused_store_too.__doc__, p)
    b = signed(150, 8, 32)
    case.load("PARAM", 0, "i32", b).expect("OBUF", 0, "i32", 8, want=b)
    return case.expect("SIMD", 0, "i32", 8, want=np.maximum(b, 0))


def fused_acc16():
    """OBUF elements of 16 bits reach the lanes sign-extended."""
    p = Program().sa_start().transfer("LD", "BBUF", 2).loop(10, 0).transfer("ST", "OBUF", 2)
    p.sa_end().simd_start().iterator("OBUF", 0, 0).op("ADD", V1, 0, "OBUF", 0, "OBUF", 0)
    p.start("ST", V1, 32, 4).simd_end().end()
    case = Case("fused_acc16", fused_acc16.__doc__, p, arch={"ACC_WIDTH": 16, "BIAS_WIDTH": 16})
    case.load("PARAM", 0, "i16", [-32768, 32767, -1, 2])
    case.expect("OBUF", 0, "i16", 4, want=[-32768, 32767, -1, 2])
    return case.expect("SIMD", 0, "i32", 4, want=[-65536, 65534, -2, 4])


def fused_ibuf_feedback():
    """SIMD writes the IBUF rows that the next tile's compute reads (a recurrence)."""
    w, b = signed(161, (1, 4, 4), 4), [1000, -900, 77, 3]
    p = Program().sa_start().base("WBUF", W_AT).base("BBUF", B_AT).loop(0, 3)
    p.transfer("LD", "WBUF", 1).transfer("LD", "BBUF", 4).loop(8, 0).sa_end()
    p.simd_start().base_loop("ST", V1, 0, 3, 16)
    p.iterator("OBUF", 0, 0).iterator(V1, 0, 0).iterator("IBUF", 0, 0)
    p.op("MOVE", V1, 0, "OBUF", 0, "IMM", 0).op("MOVE", "IBUF", 0, "OBUF", 0, "IMM", 0)
    p.start("ST", V1, 32, 4).simd_end().end()
    case = Case("fused_ibuf_feedback", fused_ibuf_feedback.__doc__, p)
    case.load("PARAM", W_AT, "i8", lay_out(w, 4, 1)).load("PARAM", B_AT, "i32", b)
    x, want = np.zeros(4, dtype=np.int64), []
    for _ in range(4):
        want.append(x @ w[0] + b)
        x = wrap(want[-1], 8)
    return case.expect("SIMD", 0, "i32", 16, want=np.array(want))


def cases():
    for build in (fused_relu, fused_reduce, fused_halves, fused_release_early, fused_store_too,
                  fused_acc16, fused_ibuf_feedback):
        yield build()
