# SPDX-License-Identifier: MIT
"""Vectors of the SIMD functions: lanes full of edge values."""
import numpy as np

import isa
from case import Case, array
from program import Program

ONE = 65536
MAX32, MIN32 = 2**31 - 1, -2**31
EDGES = (0, 1, -1, 2, -3, 4, 32768, ONE - 1, ONE, ONE + 1, -ONE + 1, -ONE, -ONE - 1, 7 * ONE,
         30 * ONE, 31 * ONE, 32 * ONE, -98765, MAX32, MAX32 - 1, MIN32, MIN32 + 1)
SIGMOID = (-5 * ONE, -155648, -ONE, ONE, 155648, 5 * ONE)
LN_LAST_BIT = (5327, 127395073, 2017782, 458, 571, 529)    # where the constant's last bit shows
ELEMENTARY = ("EXP", "LN", "LOG2", "SQRT", "INV_SQRT")


def random32(rng, count):
    """Random words of all magnitudes."""
    values = rng.randint(MIN32, MAX32 + 1, count, dtype=np.int64)
    return values >> rng.randint(0, 32, count, dtype=np.int64)


def pairs(rng, count):
    """All pairs of edges, then random ones."""
    a, b = np.meshgrid(EDGES, EDGES)
    rest = count - a.size
    return (np.concatenate((a.reshape(-1), random32(rng, rest))),
            np.concatenate((b.reshape(-1), random32(rng, rest))))


def around(values, width=2):
    return [v + d for v in values for d in range(-width, width + 1)]


def unary_inputs(rng, count):
    special = [v for v in around(EDGES + SIGMOID) if MIN32 <= v <= MAX32]
    return np.concatenate((special, random32(rng, count - len(special))))


def elementwise(function, a, b, d, m, dtypes=((16, 16),)):
    """dst = function(VMEM1, VMEM2) for rows of d preset; one nest a DTYPE_CFG."""
    rows, size = a.size // m, 4 * a.size
    p = Program().simd_start()
    p.dma_base("LD", "VMEM1", 0).dma_base("LD", "VMEM2", size)
    p.tile("LD", "VMEM1", 0, 32, 4 * rows).tile("LD", "VMEM2", 0, 32, 4 * rows)
    p.dma_base("LD", "VMEM1", 2 * size)
    p.iterator("VMEM1", 0, 0, 1).iterator("VMEM2", 0, 0, 1).iterator("VMEM1", 1, rows, 1)
    for k, (dst_int, src_int) in enumerate(dtypes):
        p.tile("LD", "VMEM1", rows, 32, 4 * rows)
        if dtypes != ((16, 16),):
            p.dtype(dst_int, src_int)
        p.level(0, rows, ("VMEM1", 1), ("VMEM1", 0), ("VMEM2", 0)).inst()
        p.op(function, "VMEM1", 1, "VMEM1", 0, "VMEM2", 0)
        p.dma_base("ST", "VMEM1", (3 + k) * size).tile("ST", "VMEM1", rows, 32, 4 * rows)
    p.simd_end().end()
    return p


def function_case(name, function, a, b, d, m=4, dtypes=((16, 16),)):
    program = elementwise(function, a, b, d, m, dtypes)
    size = 4 * a.size
    case = Case(name, f"{function}: edge values and random lanes", program,
                arch=array(m, VMEM_DEPTH=2 * a.size // m))
    case.load("SIMD", 0, "i32", a).load("SIMD", size, "i32", b).load("SIMD", 2 * size, "i32", d)
    for k in range(len(dtypes)):
        case.expect("SIMD", (3 + k) * size, "i32", a.size)
    return case


def simple_cases():
    """Every function of opcodes 0 to 2 but the elementary ones, FLOOR and CEIL."""
    prefix = {0: "alu", 1: "calc", 2: "cmp", 3: "round"}
    for number, desc in enumerate(isa.TABLE):
        if desc.opcode > 3 or desc.id == "NOP" or desc.id.startswith("CAST"):
            continue
        if desc.mnemonic in ELEMENTARY:
            continue
        rng = np.random.RandomState(1000 + number)
        a, b = pairs(rng, 560)
        if desc.opcode in (1, 3) and desc.mnemonic != "LEAKY_RELU":
            a = unary_inputs(rng, 560)
        if desc.mnemonic in ("SIGMOID", "TANH"):
            a[-320:] = rng.randint(-8 * ONE, 8 * ONE, 320, dtype=np.int64)
        yield function_case(f"{prefix[desc.opcode]}_{desc.mnemonic.lower()}", desc.mnemonic,
                            a, b, random32(rng, a.size))


def elementary_inputs(name, rng):
    count = 4096
    special = [v for v in around(EDGES) if MIN32 <= v <= MAX32]
    special += LN_LAST_BIT
    special += [s * 2**k + d for k in range(1, 31) for d in (-1, 0, 1) for s in (1, -1)]
    if name == "EXP":
        special += around([709 * ONE // 100 * k for k in (-2, -1, 1, 2)])
        rest = rng.randint(-13 * ONE, 12 * ONE, count - len(special), dtype=np.int64)
    else:
        rest = np.floor(2 ** rng.uniform(0, 31, count - len(special))).astype(np.int64)
    return np.concatenate((special, rest))


def elementary_cases():
    """4096 inputs over the whole range."""
    for number, name in enumerate(ELEMENTARY + ("DIV",)):
        rng = np.random.RandomState(2000 + number)
        if name == "DIV":
            a, b = pairs(rng, 4096)
        else:
            a = elementary_inputs(name, rng)
            b = np.zeros(a.size, dtype=np.int64)
        p = Program().simd_start()
        rows, size = a.size // 16, 4 * a.size
        p.dma_base("LD", "VMEM1", 0).tile("LD", "VMEM1", 0, 32, 4 * rows)
        if name == "DIV":
            p.dma_base("LD", "VMEM2", size).tile("LD", "VMEM2", 0, 32, 4 * rows)
        p.iterator("VMEM1", 0, 0, 1).iterator("VMEM2", 0, 0, 1)
        p.level(0, rows, ("VMEM2", 0), ("VMEM1", 0), ("VMEM2", 0)).inst()
        p.op(name, "VMEM2", 0, "VMEM1", 0, "VMEM2", 0)
        p.dma_base("ST", "VMEM2", 2 * size).tile("ST", "VMEM2", 0, 32, 4 * rows)
        p.simd_end().end()
        case = Case(f"elem_{name.lower()}", f"{name}: 4096 inputs over the range", p,
                    arch=array(16, VMEM_DEPTH=256))
        case.load("SIMD", 0, "i32", a)
        if name == "DIV":
            case.load("SIMD", size, "i32", b)
        yield case.expect("SIMD", 2 * size, "i32", a.size)


# (dst_int, src1_int): defaults, both shift directions, zero, far beyond the widths
DTYPES = ((16, 16), (8, 8), (4, 16), (16, 4), (0, 0), (2, 31), (31, 2), (255, 0), (0, 255),
          (32, 8), (9, 24))


def cast_cases():
    for number, desc in enumerate(isa.TABLE):
        if not desc.mnemonic.endswith("FXP") or desc.opcode != 3:
            continue
        rng = np.random.RandomState(3000 + number)
        steps = [s * 2**k for k in range(31) for s in (1, -1)]
        special = [v for v in around(steps + [0, MAX32, MIN32], 1) if MIN32 <= v <= MAX32]
        a = np.concatenate((special, random32(rng, 256 - len(special))))
        zero = np.zeros(a.size, dtype=np.int64)
        yield function_case(f"cast_{desc.mnemonic.lower()}", desc.mnemonic, a, zero, zero,
                            dtypes=DTYPES)


def fp32_patterns(rng):
    """binary32 words around every rounding and range boundary of the small formats."""
    values = []
    for exponent in (0, 1, 101, 102, 103, 104, 112, 113, 126, 127, 141, 142, 143, 254, 255):
        for fraction in (0, 1, 0xfff, 0x1000, 0x1001, 0x1fff, 0x2000, 0x2fff, 0x3000, 0x3001,
                         0x7fff, 0x8000, 0x8001, 0x17fff, 0x18000, 0x400000, 0x7fe000,
                         0x7fefff, 0x7ff000, 0x7f8000, 0x7fffff):
            values += [exponent << 23 | fraction, 1 << 31 | exponent << 23 | fraction]
    near = rng.randint(100 << 23, 145 << 23, 394, dtype=np.int64)
    return np.concatenate((values, near)).astype(np.uint32).astype(np.int32)


def fp_cases():
    rng = np.random.RandomState(4000)
    wide = fp32_patterns(rng)
    exponents, fractions = np.meshgrid(range(64), (0, 1, 2, 3, 0x1ff, 0x200, 0x201, 0x3ff))
    half = (exponents << 10 | fractions).reshape(-1)
    half = np.concatenate((half, rng.randint(0, 1 << 16, 512, dtype=np.int64)))
    half |= rng.randint(0, 1 << 16, half.size, dtype=np.int64) << 16
    half = half.astype(np.uint32).astype(np.int32)
    for name, a in (("32FP_16FP", wide), ("32FP_16BFP", wide), ("16FP_32FP", half),
                    ("16BFP_32FP", half)):
        a = a[:a.size // 4 * 4].astype(np.int64)
        zero = np.zeros(a.size, dtype=np.int64)
        yield function_case(f"cast_{name.lower()}", name, a, zero, zero, dtypes=((9, 3),))


def cases():
    yield from simple_cases()
    yield from elementary_cases()
    yield from cast_cases()
    yield from fp_cases()
