# SPDX-License-Identifier: MIT
"""Vectors of the array: layouts, loops, reductions, transfers."""
import numpy as np

from case import Case, array
from program import Program

W_AT, B_AT, I_AT, O_AT = 0x100, 0x40, 0x20, 0x80
W_FAR = 0x800                                   # behind the biases of a wide array


def signed(seed, shape, bits):
    low = -(1 << bits - 1)
    return np.random.RandomState(seed).randint(low, -low, shape, dtype=np.int64)


def wrap(x, bits=32):
    return ((x + (1 << bits - 1)) & ((1 << bits) - 1)) - (1 << bits - 1)


def pack_bits(values, bits):
    """Bytes of 8- or 4-bit elements, low nibble first."""
    flat = np.asarray(values).reshape(-1)
    if bits == 8:
        return flat & 255
    return (flat[0::2] & 15) | (flat[1::2] & 15) << 4


def lay_out(tiles, n, k=None):
    """DRAM order of weight tiles [row][r][c], written out element by element."""
    out = []
    if k is None:
        for tile in tiles:
            out += [tile[r][c] for c in range(n) for r in range(n)]
        return np.array(out)
    for group in range(0, len(tiles), k):
        out += [tiles[group + j][r][n - 1 - c]
                for c in range(n) for r in range(n) for j in range(k)]
    return np.array(out)


def gemm_case(name, n, p_tiles=2, r_tiles=2, k=1, data=8, wgt=8, acc=32, bias=32, load_bias=True):
    """out[4][p] = bias + in[4][r] * W, all in one tile; the reduction is an inner loop."""
    rows = 4
    layout = {} if k else {"WEIGHT_LAYOUT": "column"}
    fields = array(n, max(32, 8 * n * (k or 1)), DATA_WIDTH=data, WGT_WIDTH=wgt, ACC_WIDTH=acc,
                   BIAS_WIDTH=bias, **layout)
    x = signed(n + data, (rows, r_tiles, n), data)
    w = signed(n + wgt, (r_tiles, p_tiles, n, n), wgt)
    b = signed(n + bias, (p_tiles, n), bias)
    p = Program().sa_start()
    p.base("WBUF", W_FAR).base("BBUF", B_AT).base("IBUF", I_AT).base("OBUF", O_AT)
    if load_bias:
        p.transfer("LD", "BBUF", p_tiles * bias // 8)
    p.transfer("LD", "WBUF", r_tiles * p_tiles).transfer("LD", "IBUF", rows * r_tiles)
    p.loop(7, p_tiles - 1, WBUF=1, BBUF=1, OBUF=1)
    p.loop(8, r_tiles - 1, IBUF=1, WBUF=p_tiles).reduce(1, "INNER")
    p.loop(9, rows - 1, IBUF=r_tiles, OBUF=p_tiles)
    p.transfer("ST", "OBUF", rows * p_tiles * acc // 8).sa_end().end()
    want = np.einsum("irn,rpnm->ipm", x, w) + (b if load_bias else 0)
    case = Case(name, gemm_case.__doc__, p, arch=fields)
    case.load("PARAM", W_FAR, "u8", pack_bits(lay_out(w.reshape(-1, n, n), n, k), wgt))
    case.load("PARAM", B_AT, f"i{bias}", b).load("IBUF", I_AT, "u8", pack_bits(x, data))
    return case.expect("OBUF", O_AT, f"i{acc}", want.size, want=wrap(want, acc))


def gemm_cases():
    for k in (1, 2, 4, 8):
        yield gemm_case(f"sa_gemm4_k{k}", 4, p_tiles=4, r_tiles=2, k=k)
    yield gemm_case("sa_gemm4_column", 4, p_tiles=3, k=None)
    yield gemm_case("sa_gemm4_nobias", 4, load_bias=False)
    yield gemm_case("sa_gemm4_data4", 4, k=None, data=4)
    yield gemm_case("sa_gemm4_wgt4", 4, p_tiles=3, k=None, wgt=4)
    yield gemm_case("sa_gemm4_all4", 4, p_tiles=1, r_tiles=3, k=None, data=4, wgt=4, acc=16,
                    bias=16)
    yield gemm_case("sa_gemm4_data4_published", 4, k=2, data=4)
    yield gemm_case("sa_gemm4_acc16", 4, r_tiles=5, p_tiles=1, acc=16, bias=16)
    yield gemm_case("sa_gemm4_acc16_bias32", 4, acc=16, bias=32)
    yield gemm_case("sa_gemm4_acc32_bias16", 4, acc=32, bias=16)
    yield gemm_case("sa_gemm8_k2", 8, k=2)
    yield gemm_case("sa_gemm16_k4", 16, k=4)
    yield gemm_case("sa_gemm16_column", 16, k=None)
    yield gemm_case("sa_gemm32_k1", 32, p_tiles=1, k=1)
    yield gemm_case("sa_gemm64_k1", 64, p_tiles=1, r_tiles=1, k=1)
    yield gemm_case("sa_gemm64_column4", 64, p_tiles=1, r_tiles=1, k=None, wgt=4)
    yield gemm_case("sa_gemm128_k1", 128, p_tiles=1, r_tiles=1, k=1)


# Tiled reductions: out[3][4] over 3 reduction tiles and 2 output tiles

def tiled_operands(seed):
    x = signed(seed, (2, 3, 3, 4), 8)                       # [tile][reduction][row][n]
    w = signed(seed + 1, (3, 4, 4), 8)                      # [reduction][r][c]
    b = signed(seed + 2, (2, 4), 32)
    return x, w, b, wrap(np.einsum("tkrn,knc->trc", x, w) + b[:, None, :])


def tiled_case(name, note, p, seed, **options):
    x, w, b, want = tiled_operands(seed)
    case = Case(name, note, p, **options)
    case.load("IBUF", 0, "i8", x).load("PARAM", W_AT, "i8", lay_out(w, 4, 1))
    case.load("PARAM", B_AT, "i32", b)
    return case, want


def reduce_in_obuf():
    """Innermost reduction outer loop: partial sums stay in OBUF, bias on the first tile only."""
    p = Program().sa_start().base("WBUF", W_AT).base("BBUF", B_AT)
    p.loop(0, 1, LD_IBUF=36, LD_BBUF=16, ST_OBUF=48)
    p.loop(1, 2, LD_IBUF=12, LD_WBUF=16).reduce(1, "OUTER")
    p.transfer("LD", "WBUF", 1).transfer("LD", "IBUF", 3).transfer("LD", "BBUF", 4)
    p.loop(9, 2, IBUF=1, OBUF=1).transfer("ST", "OBUF", 12).sa_end().end()
    case, want = tiled_case("sa_reduce_in_obuf", reduce_in_obuf.__doc__, p, 30, noise=5)
    return case.expect("OBUF", 0, "i32", 24, want=want)


def reduce_through_dram(first):
    """Outermost reduction loop: partial sums go through DRAM, LD OBUF brings them back."""
    p = Program().sa_start().base("WBUF", W_AT).base("BBUF", B_AT).base("OBUF", 0x40)
    p.loop(3, 2, LD_IBUF=12, LD_WBUF=16).reduce(3, "OUTER", "KH")
    p.loop(5, 1, LD_IBUF=36, LD_BBUF=16, LD_OBUF=48, ST_OBUF=48)
    order = ("LD OBUF", "LD BBUF") if first == "obuf" else ("LD BBUF", "LD OBUF")
    for what in order:
        p.transfer(*what.split(), 12 if "OBUF" in what else 4)
    p.transfer("LD", "WBUF", 1).transfer("LD", "IBUF", 3).transfer("ST", "OBUF", 12)
    p.loop(9, 2, IBUF=1, OBUF=1).sa_end().end()
    case, want = tiled_case("sa_reduce_dram_" + first, reduce_through_dram.__doc__, p, 40)
    case.load("OBUF", 0x40, "i32", signed(43, 24, 32))      # ignored on the first tile
    return case.expect("OBUF", 0x40, "i32", 24, want=want)


def reduce_no_bias_dram():
    """As above without LD BBUF: the first tile starts from 0, whatever LD OBUF brought."""
    p = Program().sa_start().base("WBUF", W_AT)
    p.loop(0, 2, LD_IBUF=12, LD_WBUF=16).reduce(0, "OUTER", "N")
    p.transfer("LD", "OBUF", 12).transfer("LD", "WBUF", 1).transfer("LD", "IBUF", 3)
    p.loop(7, 2, IBUF=1, OBUF=1).transfer("ST", "OBUF", 12).sa_end().end()
    case, _ = tiled_case("sa_reduce_no_bias_dram", reduce_no_bias_dram.__doc__, p, 50, noise=9)
    x, w, _, _ = tiled_operands(50)
    case.load("OBUF", 0, "i32", signed(53, 12, 32))
    return case.expect("OBUF", 0, "i32", 12, want=np.einsum("krn,knc->rc", x[0], w))


def reduce_two_levels():
    """Two outer and two inner reductions; inner ids wrap (5 outer loops: 12, 13, 7, 8, 9)."""
    x, w, b = signed(60, (2, 2, 2, 2, 2, 4), 8), signed(61, (2, 2, 2, 2, 4, 4), 8), [7, -7, 9, 0]
    p = Program().sa_start().base("WBUF", W_AT).base("BBUF", B_AT)
    p.loop(0, 0).loop(1, 0).loop(2, 1, LD_IBUF=16, LD_WBUF=128).loop(3, 1, LD_IBUF=32,
                                                                     LD_WBUF=64).loop(4, 0)
    p.reduce(2, "OUTER", "IC").reduce(3, "OUTER", "KH")
    p.loop(12, 1, IBUF=4, OBUF=1).loop(13, 0).loop(7, 1, IBUF=2, WBUF=2).loop(8, 1, IBUF=1, WBUF=1)
    p.reduce(2, "INNER", "IC").reduce(3, "INNER", "KH")
    p.loop(20, 1, LD_IBUF=64)
    p.transfer("LD", "WBUF", 4).transfer("LD", "BBUF", 4)
    p.transfer("LD", "IBUF", 4).transfer("ST", "OBUF", 8).sa_end().end()
    case = Case("sa_reduce_two_levels", reduce_two_levels.__doc__, p, noise=11)
    # memory x[row][o3][o2][i][j], tile rows row * 4 + i * 2 + j
    case.load("IBUF", 0, "i8", x).load("PARAM", B_AT, "i32", b)
    case.load("PARAM", W_AT, "i8", lay_out(w.reshape(-1, 4, 4), 4, 1))
    want = np.einsum("raoijn,oaijnc->rc", x, w) + b
    return case.expect("OBUF", 0, "i32", 8, want=want)


def conv_stride():
    """3 x 3 convolution, stride 2, with halo tiles: overlapping LD IBUF runs, two output tiles."""
    x, w = signed(70, (7, 9, 4), 8), signed(71, (3, 3, 4, 4), 8)
    p = Program().sa_start().base("WBUF", W_AT)
    p.loop(6, 1, LD_IBUF=16, ST_OBUF=32)                    # 2 of 4 output columns a tile
    p.transfer("LD", "WBUF", 9)
    p.loop(14, 6, LD_IBUF=36).transfer("LD", "IBUF", 5)     # 7 rows of 5 pixels
    p.loop(8, 2, IBUF=5, WBUF=3).loop(9, 2, IBUF=1, WBUF=1)
    p.loop(10, 2, IBUF=10, OBUF=2).loop(11, 1, IBUF=2, OBUF=1)
    p.reduce(0, "INNER", "KH").reduce(1, "INNER", "KW")
    p.loop(30, 2, ST_OBUF=64).transfer("ST", "OBUF", 8).sa_end().end()
    case = Case("sa_conv3_stride2", conv_stride.__doc__, p, arch={"IBUF_DEPTH": 70})
    case.load("IBUF", 0, "i8", x).load("PARAM", W_AT, "i8", lay_out(w.reshape(-1, 4, 4), 4, 1))
    want = np.zeros((3, 4, 4), dtype=np.int64)
    for kh in range(3):
        for kw in range(3):
            want += x[kh:kh + 5:2, kw:kw + 7:2] @ w[kh, kw]
    return case.expect("OBUF", 0, "i32", want.size, want=want)


def loops_program_order():
    """Inner loops nest in program order: with OBUF stride 0 the last iteration stays."""
    p = Program().sa_start().base("WBUF", W_AT).base("OBUF", 0)
    p.transfer("LD", "WBUF", 2).transfer("LD", "IBUF", 2)
    p.loop(12, 1, IBUF=1).loop(8, 1, WBUF=1).reduce(1, "INNER")   # 7 + (0 + 1) mod 7 = 8
    p.transfer("ST", "OBUF", 4).sa_end()
    p.end()
    x, w = signed(80, (2, 4), 8), signed(81, (2, 4, 4), 8)
    case = Case("sa_loops_program_order", loops_program_order.__doc__, p)
    case.load("IBUF", 0, "i8", x).load("PARAM", W_AT, "i8", lay_out(w, 4, 1))
    return case.expect("OBUF", 0, "i32", 4, want=x[1] @ (w[0] + w[1]))


def loops_reduction_outermost():
    """The reduction loop outside: each OBUF row starts at index 0 of it, then accumulates."""
    p = Program().sa_start().base("WBUF", W_AT).base("BBUF", B_AT)
    p.transfer("LD", "WBUF", 3).transfer("LD", "IBUF", 6).transfer("LD", "BBUF", 4)
    p.loop(13, 2, IBUF=2, WBUF=1).reduce(6, "INNER").loop(7, 1, IBUF=1, OBUF=3)
    p.transfer("ST", "OBUF", 16).sa_end().end()
    x, w, b = signed(82, (3, 2, 4), 8), signed(83, (3, 4, 4), 8), signed(84, 4, 16)
    case = Case("sa_loops_reduction_outermost", loops_reduction_outermost.__doc__, p)
    case.load("IBUF", 0, "i8", x).load("PARAM", W_AT, "i8", lay_out(w, 4, 1))
    case.load("PARAM", B_AT, "i32", b)
    want = np.zeros((4, 4), dtype=np.int64)
    want[0::3] = np.einsum("krn,knc->rc", x, w) + b
    return case.expect("OBUF", 0, "i32", 16, want=want)


def no_inner_loops():
    """Nothing is computed: the group copies tiles through OBUF, the tile index backwards."""
    p = Program().sa_start().base("OBUF", 0x40)
    p.loop(0, 3, LD_OBUF=-16, ST_OBUF=16).stride("ST", "OBUF", 0, 0x10010)
    p.transfer("LD", "OBUF", 4).transfer("ST", "OBUF", 4).sa_end().end()
    case = Case("sa_no_inner_loops", no_inner_loops.__doc__, p)
    data = signed(85, 20, 32)
    case.load("OBUF", 0, "i32", data)
    for k in range(4):
        case.expect("OBUF", 0x40 + 0x10010 * k, "i32", 4, want=data[16 - 4 * k:][:4])
    return case


def dma_loops():
    """DMA loops by increasing id, belonging by stride (0 included), with overlapping and
    backward runs, partial rows, and LD_ST words before their configuration."""
    p = Program().sa_start()
    p.transfer("ST", "OBUF", 1).transfer("LD", "OBUF", 1)
    p.loop(40, 2, LD_OBUF=0, LD_IBUF=4)
    p.loop(17, 1, LD_OBUF=40).loop(63, 3, LD_OBUF=-4, ST_OBUF=12).loop(14, 5, ST_OBUF=4)
    p.loop(3, 0, ST_OBUF=999)
    p.base("OBUF", 0x1000).stride("LD", "OBUF", 3, 7777)
    p.sa_end().end()
    case = Case("sa_dma_loops", dma_loops.__doc__, p, noise=21)
    case.load("OBUF", 0xff0, "i32", signed(86, 24, 32))
    return case.expect("OBUF", 0xff0, "i32", 24)


def register_halves():
    """Bases and strides by halves; a base above 2^31; every LD buffer with outer strides."""
    p = Program().sa_start()
    p.op("SET_BASE_ADDR", "HIGH", "BUFFER", "WBUF", 0, 0xffff)
    p.op("SET_BASE_ADDR", "LOW", "BUFFER", "WBUF", 0, 0xff00)
    p.op("SET_BASE_ADDR", "LOW", "BUFFER", "BBUF", 0, 0x1234)
    p.op("SET_BASE_ADDR", "HIGH", "BUFFER", "BBUF", 0, 0x8000)
    p.op("SET_BASE_ADDR", "LOW", "BUFFER", "BBUF", 0, 0x40)
    p.op("SET_BASE_ADDR", "HIGH", "BUFFER", "OBUF", 0, 1)
    p.op("SA_LOOP_CFG", 0, 2, 1)
    for half, buf, value in (("HIGH", "WBUF", 0xffff), ("LOW", "WBUF", 0xfff0),
                             ("HIGH", "BBUF", 1), ("LOW", "IBUF", 4), ("HIGH", "OBUF", 0)):
        p.op("SET_LOOP_STRIDE", half, "LD", buf, 2, value)
    p.op("SET_LOOP_STRIDE", "HIGH", "ST", "OBUF", 2, 2).stride("ST", "OBUF", 2, 0x20010)
    p.transfer("LD", "WBUF", 1).transfer("LD", "BBUF", 4).transfer("LD", "IBUF", 1)
    p.loop(7, 0).transfer("ST", "OBUF", 4).sa_end().end()
    x, w, b = signed(87, (2, 4), 8), signed(88, (2, 4, 4), 8), signed(89, (2, 4), 32)
    case = Case("sa_register_halves", register_halves.__doc__, p)
    case.load("IBUF", 0, "i8", x)
    for k in range(2):
        case.load("PARAM", 0xffffff00 - 16 * k, "i8", lay_out(w[k:k + 1], 4, 1))
        case.load("PARAM", 0x80000040 + 0x10000 * k, "i32", b[k])
        case.expect("OBUF", 0x10000 + 0x20010 * k, "i32", 4, want=wrap(x[k] @ w[k] + b[k]))
    return case


def accumulator_wrap():
    """int32 wrap of the accumulator through a bias at the limits."""
    p = Program().sa_start().base("WBUF", W_AT).base("BBUF", B_AT)
    p.transfer("LD", "WBUF", 1).transfer("LD", "IBUF", 4).transfer("LD", "BBUF", 4)
    p.loop(7, 3, IBUF=1, OBUF=1).transfer("ST", "OBUF", 16).sa_end().end()
    x = np.array([[-128] * 4, [127] * 4, [1, 0, 0, 0], [0, 0, 0, 0]])
    w, b = np.array([[[-128, 127, -1, 1]] * 4]), [2**31 - 1, -2**31, -2**31, 2**31 - 1]
    case = Case("sa_accumulator_wrap", accumulator_wrap.__doc__, p)
    case.load("IBUF", 0, "i8", x).load("PARAM", W_AT, "i8", lay_out(w, 4, 1))
    case.load("PARAM", B_AT, "i32", b)
    return case.expect("OBUF", 0, "i32", 16, want=wrap(x @ w[0] + b))


def bias_rows():
    """BBUF rows by RD stride, BBUF DMA loops; biases of a tile other than the first."""
    p = Program().sa_start().base("BBUF", B_AT)
    p.loop(0, 1, LD_BBUF=32, ST_OBUF=64).loop(28, 3, LD_BBUF=16).transfer("LD", "BBUF", 4)
    p.loop(8, 3, BBUF=1, OBUF=1).transfer("ST", "OBUF", 16).sa_end().end()
    b = signed(90, (8, 4), 32)
    case = Case("sa_bias_rows", bias_rows.__doc__, p)
    case.load("PARAM", B_AT, "i32", b)
    return case.expect("OBUF", 0, "i32", 32, want=np.concatenate((b[:4], b[2:6])))


def inst_group_2021():
    """The older layout of opcode 10, with group, loop and num fields set."""
    p = Program("inst_group_2021")
    p.op("INST_GROUP", "SYSTOLIC_ARRAY", "START", 255, 3, 65535)
    p.loop(7, 0).transfer("LD", "BBUF", 4)
    p.op("INST_GROUP", "SYSTOLIC_ARRAY", "END", 200, 1, 9)
    p.op("INST_GROUP", "SIMD", "START", 128, 2, 1).iterator("OBUF", 0, 0)
    p.level(0, 1, ("VMEM1", 0), ("OBUF", 0)).op("ABS", "VMEM1", 0, "OBUF", 0, "IMM", 0)
    p.start("ST", "VMEM1", 32, 4).op("INST_GROUP", "SIMD", "END", 1, 0, 0).end()
    case = Case("sa_inst_group_2021", inst_group_2021.__doc__, p)
    case.load("PARAM", 0, "i32", [-5, 6, -7, -2**31])
    return case.expect("SIMD", 0, "i32", 4, want=[5, 6, 7, -2**31])


def informative_fields():
    """GROUP, NUM, the LOOP field of LD_ST and DIM carry no meaning; DMA loop ids unused."""
    p = Program().op("SYNC_INST", "SYSTOLIC_ARRAY", "START", "EXEC", 0, 63, 65535)
    p.op("LD_ST", "LD", "BUFFER", "BBUF", 63, 4).loop(7, 0)
    p.op("LD_ST", "ST", "BUFFER", "OBUF", 9, 4)
    p.loop(62, 65535).loop(1, 0).reduce(1, "OUTER", "KW").reduce(1, "OUTER", "IC")
    p.op("SYNC_INST", "SYSTOLIC_ARRAY", "END", "EXEC", 0, 1, 3).end()
    case = Case("sa_informative_fields", informative_fields.__doc__, p)
    case.load("PARAM", 0, "i32", [1, -2, 3, -4])
    return case.expect("OBUF", 0, "i32", 4, want=[1, -2, 3, -4])


def cases():
    yield from gemm_cases()
    for build in (reduce_in_obuf, reduce_no_bias_dram, reduce_two_levels, conv_stride,
                  loops_program_order, loops_reduction_outermost, no_inner_loops, dma_loops,
                  register_halves, accumulator_wrap, bias_rows, inst_group_2021,
                  informative_fields):
        yield build()
    yield reduce_through_dram("obuf")
    yield reduce_through_dram("bbuf")
