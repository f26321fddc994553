# SPDX-License-Identifier: MIT
"""Vectors of the faults found before a block runs, and of the order of the passes."""
from case import Case
from program import Program

V1, V2 = "VMEM1", "VMEM2"
SIMD_START, SIMD_END = 0xa8000000, 0xac000000   # SYNC_INST SIMD, EXEC


def fault(name, note, p, code, word, address=0, block=0, **options):
    return Case(f"fault_{name}", note, p, (code, block, word, address), **options)


# Decoding

ILLEGAL = {
    "opcode15": 0xf0000000, "calc_fn11": 0x1b000000, "cmp_fn6": 0x26000000,
    "cast_fn12": 0x3c000000, "dtype5": 0x45101010, "dma_fn7": 0x57400000,
    "dma_fn15": 0x5f400000, "iterator_fn11": 0x6b800000, "loop_fn3": 0x73000000,
    "perm_fn4": 0x84000000, "nop_bits": 0x0f000001, "alu_dst_ns5": 0x00a04000,
    "alu_src1_ns6": 0x0040c000, "cast_src2_ns7": 0x304040e0, "dma_ns_obuf": 0x50000000,
    "dma_ns_ibuf": 0x55200000, "dma_base_idx": 0x50410000, "dma_iter_half": 0x53c00000,
    "dma_start_bit23": 0x55df0004, "iterator_ns7": 0x60e00000, "imm_ns_vmem": 0x68400000,
    "set_iter_zero": 0x71010001, "set_inst_nested2": 0x72400001, "perm_rw2": 0x81400000,
    "perm_base_zero": 0x80010000, "perm_start_zero": 0x83604100, "perm_start_shuffle2": 0x83604002,
    "sa_loop_bit22": 0x90400000, "sa_reduce_33": 0x98400000, "sa_reduce_type2": 0x98000008,
    "sa_reduce_dim3": 0x98000003, "sync_zero": 0xa0400000, "block_end_2": 0xb0000002,
    "block_end_bit16": 0xb0010000, "sa_stride_acc4": 0xc4000000, "sa_base_buf4": 0xd1000000,
    "sa_base_zero": 0xd0010000, "sa_ldst_buf15": 0xe3c00001, "sa_ldst_imem_buf8": 0xe6000001,
}


def illegal_cases():
    for name, word in ILLEGAL.items():
        p = Program().sa_start().sa_end().simd_start().raw(word).simd_end().end()
        yield fault("illegal_" + name, "a word the table does not produce", p,
                    "ILLEGAL_WORD", 3, word)
    p = Program("inst_group_2021").raw(SIMD_START).nop().raw(0xa0000000 | 3 << 25).end()
    yield fault("illegal_order", "decoding of the whole block comes before its structure",
                p.raw(0xffffffff).end(0), "ILLEGAL_WORD", 4, 0xffffffff, chain=True,
                entry_words=6)
    p = Program().simd_start().imm(0, 5).op("MOVE", V1, 0, "IMM", 0, "IMM", 0)
    p.start("ST", V1, 32, 4).simd_end().imem(4 * 10, 2).end(0).end().raw(0x0f000100)
    case = fault("illegal_second_block", "what the first block stored stays", p,
                 "ILLEGAL_WORD", 1, 0x0f000100, block=1, chain=True)
    yield case.expect("SIMD", 0, "i32", 4, want=[5] * 4)


# Structure

def sa_word(p):
    return p.op("SA_LOOP_CFG", 0, 0, 0)


STRUCTURE = {
    "sa_word_outside": (0, sa_word),
    "ldst_buffer_outside": (0, lambda p: p.transfer("LD", "IBUF", 1)),
    "base_buffer_outside": (0, lambda p: p.op("SET_BASE_ADDR", "LOW", "BUFFER", "IBUF", 0, 0)),
    "st_imem_outside": (0, lambda p: p.op("LD_ST", "ST", "IMEM", "IBUF", 0, 1)),
    "simd_word_outside": (0, lambda p: p.nop()),
    "simd_word_in_sa": (1, lambda p: p.sa_start().nop().sa_end()),
    "sa_word_in_simd": (1, lambda p: sa_word(p.simd_start()).simd_end()),
    "imem_in_simd": (1, lambda p: p.simd_start().imem(0, 1).simd_end()),
    "two_sa": (2, lambda p: p.sa_start().sa_end().sa_start().sa_end()),
    "two_simd": (2, lambda p: p.simd_start().simd_end().simd_start().simd_end()),
    "simd_first": (2, lambda p: p.simd_start().simd_end().sa_start().sa_end()),
    "nested_start": (1, lambda p: p.sa_start().simd_start().simd_end().sa_end()),
    "sa_start_twice": (1, lambda p: p.sa_start().sa_start().sa_end()),
    "end_alone": (0, lambda p: p.sa_end()),
    "end_other": (1, lambda p: p.sa_start().simd_end()),
    "simd_end_sa": (2, lambda p: p.simd_start().nop().sa_end()),
    "sa_end_buf": (1, lambda p: p.sa_start().sync("SYSTOLIC_ARRAY", "END", "BUF").sa_end()),
    "sa_start_buf": (0, lambda p: p.sync("SYSTOLIC_ARRAY", "START", "BUF").sa_end()),
    "simd_start_buf": (0, lambda p: p.sync("SIMD", "START", "BUF").simd_end()),
    "release_outside": (2, lambda p: p.simd_start().simd_end().release()),
    "release_in_sa": (1, lambda p: p.sa_start().release().sa_end()),
    "missing_end": (2, lambda p: p.simd_start().nop()),
}


def structure_cases():
    for name, (word, build) in STRUCTURE.items():
        p = Program()
        build(p)
        p.end()
        yield fault("block_" + name, "structure of section 3", p, "BAD_BLOCK", word, chain=True)
    p = Program().simd_start().nop().simd_end()
    yield fault("block_missing_block_end", "no BLOCK_END: the last word", p, "BAD_BLOCK", 2,
                chain=True, entry_words=3)
    p = Program().simd_start().simd_end().end().nop().nop()
    yield fault("block_word_after_end", "a word after BLOCK_END", p, "BAD_BLOCK", 3, chain=True,
                entry_words=5)
    p = Program().end(1).end(1)
    yield fault("block_end_twice", "BLOCK_END is the only last word", p, "BAD_BLOCK", 1,
                chain=True, entry_words=2)
    p = Program("inst_group_2021").raw(SIMD_START).raw(SIMD_END | 1 << 25).nop().raw(SIMD_END)
    yield fault("block_2021_no_release", "INST_GROUP has no BUF: this END ends the group",
                p.end(), "BAD_BLOCK", 2, chain=True)
    yield from chain_faults()


def chain_faults():
    yield fault("block_zero_words", "a job of 0 words", Program().end(), "BAD_BLOCK", 0,
                chain=True, entry_words=0)
    yield fault("block_entry_unaligned", "a job at offset 2; before the work limit",
                Program().end(), "BAD_BLOCK", 0, chain=True, entry=2, entry_words=1, max_work=0)
    p = Program().simd_start().imm(0, 9).op("MOVE", V1, 0, "IMM", 0, V1, 0)
    p.start("ST", V1, 32, 4).simd_end().end(0)
    case = fault("block_no_next", "BLOCK_END 0 without LD_ST IMEM: found after the block ran", p,
                 "BAD_BLOCK", 6, chain=True)
    yield case.expect("SIMD", 0, "i32", 4, want=[9] * 4)
    yield fault("block_next_req0", "the last LD_ST IMEM has REQ 0",
                Program().imem(0, 5).imem(0, 0).end(0), "BAD_BLOCK", 6, chain=True)
    yield fault("block_next_unaligned", "the next block is at offset 18",
                Program().imem(18, 1).end(0).end(), "BAD_BLOCK", 0, block=1, chain=True)


# Capacity

def padded(array_words, simd_words):
    """A block with so many words outside and inside the SIMD group."""
    p = Program().sa_start()
    for loop in range(array_words - 3):
        p.op("SET_BASE_ADDR", "LOW", "BUFFER", "OBUF", 0, loop)
    p.sa_end()
    if simd_words:
        p.simd_start()
        for _ in range(simd_words - 2):
            p.nop()
        p.simd_end()
    return p.end()


def capacity_cases():
    arch = {"INSTR_DEPTH": 64, "SIMD_INSTR_DEPTH": 16}
    yield Case("capacity_exact", "both instruction memories full", padded(64, 16), arch=arch)
    yield fault("capacity_array", "65 words outside the SIMD group: the BLOCK_END is too many",
                padded(65, 16), "CAPACITY", 80, 65, arch=arch)
    yield fault("capacity_array_only", "70 words: word 64 is the first too many", padded(70, 0),
                "CAPACITY", 64, 70, arch=arch)
    yield fault("capacity_simd", "18 words in the SIMD group", padded(10, 18), "CAPACITY", 25, 18,
                arch=arch)
    yield fault("capacity_both", "both exceeded: the first word in word order", padded(66, 20),
                "CAPACITY", 64, 66, arch=arch)
    p = padded(66, 0)
    p.replace(2, "LD_ST", "ST", "BUFFER", "WBUF", 0, 0)
    yield fault("capacity_before_config", "capacity is checked before settings", p,
                "CAPACITY", 64, 66, arch=arch)
    p = padded(66, 0)
    p.replace(65, "NOP", *[0] * 6)
    yield fault("capacity_after_block", "structure is checked before capacity", p,
                "BAD_BLOCK", 65, arch=arch, chain=True)


# Settings of the array group

ARRAY_WORDS = {
    "loop_twice": (2, lambda p: sa_word(sa_word(p))),
    "dma_loop_twice": (2, lambda p: p.op("SA_LOOP_CFG", 0, 20, 1).op("SA_LOOP_CFG", 0, 20, 1)),
    "st_stride_ibuf": (2, lambda p: sa_word(p).stride("ST", "IBUF", 0, 4)),
    "wr_stride_wbuf": (2, lambda p: p.loop(7, 1).stride("WR", "WBUF", 7, 0)),
    "rd_stride_outer": (2, lambda p: sa_word(p).stride("RD", "IBUF", 0, 1)),
    "wr_stride_dma": (2, lambda p: p.loop(14, 1).stride("WR", "OBUF", 14, 1)),
    "ld_stride_inner": (2, lambda p: p.loop(13, 1).stride("LD", "IBUF", 13, 1)),
    "st_stride_inner": (1, lambda p: p.stride("ST", "OBUF", 7, 1).loop(7, 1)),
    "ld_twice": (2, lambda p: p.transfer("LD", "IBUF", 1).transfer("LD", "IBUF", 2)),
    "st_wbuf": (1, lambda p: p.transfer("ST", "WBUF", 1)),
    "ldst_req0": (1, lambda p: p.transfer("LD", "OBUF", 0)),
    "st_imem": (1, lambda p: p.op("LD_ST", "ST", "IMEM", "OBUF", 0, 1)),
    "word_before_group": (2, lambda p: p.stride("LD", "IBUF", 0, 4).transfer("LD", "BBUF", 0)),
}
ARRAY_GROUP = {
    "stride_no_loop": lambda p: p.loop(0, 1, LD_IBUF=4).stride("LD", "WBUF", 1, 4),
    "stride_no_inner_loop": lambda p: p.loop(7, 1).stride("RD", "IBUF", 8, 0),
    "stride_no_dma_loop": lambda p: p.loop(14, 1).stride("ST", "OBUF", 15, 0),
    "reduce_no_outer": lambda p: p.loop(0, 1).reduce(1, "OUTER"),
    "reduce_outer_inner_id": lambda p: p.loop(7, 1).reduce(7, "OUTER"),
    "reduce_outer_dma_id": lambda p: p.loop(14, 1).reduce(14, "OUTER"),
    "reduce_no_inner": lambda p: p.loop(0, 1).loop(7, 1).reduce(0, "INNER"),
    "obuf_rd_wr": lambda p: p.loop(7, 1).stride("RD", "OBUF", 7, 1),
    "obuf_wr_differs": lambda p: p.loop(7, 1, OBUF=1).stride("WR", "OBUF", 7, 0x10001),
}


def array_cases():
    for name, (word, build) in ARRAY_WORDS.items():
        p = Program().sa_start()
        build(p)
        yield fault("config_" + name, "settings of the array group", p.sa_end().end(),
                    "BAD_CONFIG", word)
    for name, build in ARRAY_GROUP.items():
        p = Program().imem(0, 0).sa_start()
        build(p)
        yield fault("config_" + name, "the array group as a whole, at its START",
                    p.sa_end().end(), "BAD_CONFIG", 3)
    p = Program().sa_start().transfer("LD", "WBUF", 6).sa_end().end()
    yield fault("config_published_req", "req is not a multiple of K = 4", p, "BAD_CONFIG", 1,
                arch={"PARAM_BUF_CHANNEL_BW": 128})
    p = Program().sa_start().loop(7, 1).stride("WR", "OBUF", 7, 1).sa_end()
    p.simd_start().op("SET_INST", 0, 0, 0).simd_end().end()
    yield fault("config_array_before_simd", "array group, as a whole too, before SIMD group", p,
                "BAD_CONFIG", 0)


# Settings of the SIMD group

def nest(p, loop=0, n=2):
    return p.level(loop, n, (V1, 0), (V1, 1), (V2, 0))


def add(p):
    return p.op("ADD", V1, 0, V1, 0, V2, 0)


SIMD_WORDS = {
    "iter_zero": (1, lambda p: nest(p, n=0)),
    "iter_twice": (3, lambda p: add(nest(nest(p)))),
    "iter_then_iter": (2, lambda p: p.op("SET_ITER", 0, 0, 1).op("SET_ITER", 1, 0, 1)),
    "iter_then_add": (2, lambda p: add(p.op("SET_ITER", 0, 0, 1))),
    "iter_then_end": (2, lambda p: p.op("SET_ITER", 0, 0, 1)),
    "index_alone": (1, lambda p: p.op("SET_INDEX", V1, 0, V1, 0, V1, 0)),
    "index_twice": (3, lambda p: add(nest(p).op("SET_INDEX", V1, 0, V1, 0, V1, 0))),
    "inst_zero": (3, lambda p: add(nest(p).inst(0))),
    "inst_alone": (1, lambda p: add(p.inst(1))),
    "inst_after_body": (4, lambda p: add(add(nest(p)).inst(1))),
    "inst_twice": (4, lambda p: add(nest(p).inst(1).inst(1))),
    "body_short": (5, lambda p: add(nest(p).inst(2))),
    "body_config": (5, lambda p: add(add(nest(p).inst(2)).dtype(1, 1))),
    "body_iter": (4, lambda p: add(nest(nest(p).inst(1), loop=1))),
    "nest_config": (3, lambda p: add(nest(p).iterator(V1, 0, 0))),
    "nest_start": (3, lambda p: add(nest(p).start("LD", V1, 32, 4))),
    "nest_perm": (3, lambda p: add(nest(p).permute("IMM", "IMM", 0))),
    "nest_release": (3, lambda p: add(nest(p).release())),
    "nest_end": (3, nest),
    "width_bad": (1, lambda p: p.start("LD", V1, 12, 4)),
    "width_one": (1, lambda p: p.start("ST", V1, 1, 4)),
    "start_req0": (1, lambda p: p.start("ST", V2, 32, 0)),
    "base_iter_differs": (3, lambda p: p.base_loop("LD", V1, 4, 2, 0).base_loop("ST", V2, 4, 1, 0)),
    "base_stride_no_iter": (1, lambda p: p.dma_stride("BASE", "LD", V1, 3, 4)),
    "body_operand_late": (4, lambda p: add(nest(p)).inst(1).op("ADD", "IMM", 0, V1, 0, V1, 0)),
}
SIMD_OPERANDS = {
    "src1_ibuf": (1, lambda p: p.op("ADD", V1, 0, "IBUF", 0, V1, 0)),
    "src2_ibuf": (1, lambda p: p.op("LEAKY_RELU", V1, 0, V1, 0, "IBUF", 0)),
    "dst_obuf": (1, lambda p: p.op("MOVE", "OBUF", 0, V1, 0, V1, 0)),
    "dst_imm": (1, lambda p: p.op("EXP", "IMM", 0, V1, 0, V1, 0)),
    "index_dst": (3, lambda p: nest(p).op("ADD", V2, 0, V1, 0, V2, 0)),
    "index_src1": (3, lambda p: nest(p).op("ADD", V1, 0, V2, 0, V2, 0)),
    "index_src2": (3, lambda p: nest(p).op("ADD", V1, 0, V1, 0, "IMM", 0)),
    "index_innermost": (5, lambda p: nest(p).level(1, 1, (V2, 0), (V1, 0)).op(
        "MOVE", V1, 0, V1, 0, V1, 0)),
    "index_body2": (5, lambda p: add(nest(p).inst(2)).op("LT", V1, 0, "OBUF", 0, V2, 0)),
    "perm_src_imm": (1, lambda p: p.permute(V1, "IMM", 0)),
    "perm_src_ibuf": (1, lambda p: p.permute(V1, "IBUF", 0)),
    "perm_dst_obuf": (1, lambda p: p.permute("OBUF", V1, 0)),
    "perm_dst_ibuf": (1, lambda p: p.permute("IBUF", V1, 1)),
    "before_config": (1, lambda p: p.permute(V1, "IMM", 0).start("ST", V2, 32, 0)),
}


def simd_cases():
    for table, code, prefix in ((SIMD_WORDS, "BAD_CONFIG", "config_"),
                                (SIMD_OPERANDS, "BAD_OPERAND", "operand_")):
        for name, (word, build) in table.items():
            p = Program().simd_start()
            build(p)
            yield fault(prefix + name, "settings of the SIMD group", p.simd_end().end(), code,
                        word)
    p = Program().simd_start().op("SET_IMM_LOW", "IMM", 8, 0).simd_end().end()
    yield fault("config_imm_slot", "a slot above IMM_DEPTH", p, "BAD_CONFIG", 1,
                arch={"IMM_DEPTH": 8})


# Coupling

def coupled(sa_loops, simd_loops, reductions=()):
    p = Program().imem(0, 0).sa_start().transfer("ST", "OBUF", 4)
    for loop, n in sa_loops:
        p.loop(loop, n)
    for loop in reductions:
        p.reduce(loop, "OUTER")
    p.sa_end().simd_start()
    for loop, n in simd_loops:
        p.base_loop("LD", V1, loop, n, 0)
    return p.simd_end().end()


def tile_cases():
    for name, args, tiles in (("fewer", (((0, 2),), ((0, 3),)), 3),
                              ("more", (((0, 2), (1, 1)), ((0, 2),)), 6),
                              ("no_base_loops", (((0, 1),), ()), 2),
                              ("no_outer_loops", ((), ((31, 1),)), 1),
                              ("reductions", (((0, 1), (3, 2)), ((0, 1), (1, 2)), (3,)), 2),
                              ("mod64", (tuple((k, 65535) for k in range(4)), ()), 0)):
        p = coupled(*args)
        start = p.words.index(SIMD_START)
        case = fault("tiles_" + name, "tiles handed over and base loops differ", p,
                     "TILE_MISMATCH", start, tiles, noise=3)
        yield case.expect("OBUF", 0, "i32", 4, want=[0] * 4)


def cases():
    yield from illegal_cases()
    yield from structure_cases()
    yield from capacity_cases()
    yield from array_cases()
    yield from simd_cases()
    yield from tile_cases()
