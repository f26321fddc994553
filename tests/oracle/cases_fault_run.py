# SPDX-License-Identifier: MIT
"""Vectors of the faults of a running block, and of the order of its checks."""
from case import Case, array
from cases_array import signed
from cases_chain import BASE, add_one
from program import Program

V1, V2 = "VMEM1", "VMEM2"
ROW = {"WBUF": 0, "IBUF": 1, "OBUF": 2, "BBUF": 3, "VMEM1": 4, "VMEM2": 5, "IMM": 6}
BUS = {name: number << 32 for number, name in enumerate(("IMEM", "PARAM", "IBUF", "OBUF", "SIMD"))}
M64 = (1 << 64) - 1


def at(buffer, row):
    return ROW[buffer] << 32 | row & 0xffffffff


def array_block(build):
    p = Program().imem(0, 0).sa_start()
    build(p)
    return p.sa_end().end()


def simd_block(build):
    p = Program().simd_start()
    build(p)
    return p.simd_end().end()


def fault(name, note, p, code, word, address, block=0, **options):
    return Case(f"fault_{name}", note, p, (code, block, word, address), **options)


# Windows

def window_cases():
    p = array_block(lambda p: p.base("IBUF", 8).loop(0, 1, LD_IBUF=-16).transfer("LD", "IBUF", 1))
    yield fault("window_negative", "the second tile starts at offset -8", p, "WINDOW", 9, -8 & M64)
    p = array_block(lambda p: p.base("WBUF", 0xfffffff4).transfer("LD", "WBUF", 1))
    yield fault("window_end", "a run of 16 bytes that ends 4 above 2^32", p, "WINDOW", 6,
                0xfffffff4)
    p = array_block(lambda p: p.base("OBUF", 0xfffffff0).loop(14, 1, ST_OBUF=0x7fffffff)
                    .transfer("ST", "OBUF", 4))
    case = fault("window_second_run", "the first run is stored", p, "WINDOW", 9, 0x17fffffef,
                 noise=41)
    yield case.expect("OBUF", 0xfffffff0, "i32", 4)
    p = simd_block(lambda p: p.dma_base("ST", V1, 0xffffffff).start("ST", V1, 8, 1))
    yield fault("window_simd", "a store of 4 bytes at 2^32 - 1", p, "WINDOW", 3, 0xffffffff)
    p = simd_block(lambda p: p.tile("LD", V2, 0, 32, 4, (2, 1, -2**31), (7, 1, -4)))
    yield fault("window_simd_negative", "offsets 0, then -4", p, "WINDOW", 8, -4 & M64)
    p = simd_block(lambda p: p.base_loop("LD", V1, 1, 1, -2**31).base_loop("LD", V1, 5, 1, -2**31)
                   .dma_base("LD", V1, 2**31).start("LD", V1, 32, 4))
    yield fault("window_base_loop", "base strides sum without wrapping", p, "WINDOW",
                p.lines.index("LD_START 0, VMEM1, 31, 4"), -2**31 & M64)
    yield fault("window_fetch", "a first block that reaches past 2^32", Program().end(),
                "WINDOW", 0, 0xfffffffc, chain=True, entry=0xfffffffc, entry_words=2)
    yield fault("window_fetch_next", "a next block that reaches past 2^32",
                Program().imem(0xfffffff8, 3).end(0), "WINDOW", 0, 0xfffffff8, block=1, chain=True)


# Scratchpad rows

def scratchpad_transfers():
    for buf, req, row in (("IBUF", 33, 32), ("OBUF", 132, 32), ("BBUF", 65, 16), ("WBUF", 40, 32)):
        p = array_block(lambda p, b=buf, r=req: p.transfer("LD", b, r))
        yield fault(f"row_ld_{buf.lower()}", "the first row outside", p, "SCRATCHPAD", 4,
                    at(buf, row))
    p = array_block(lambda p: p.loop(14, 8, ST_OBUF=0x20).transfer("ST", "OBUF", 15))
    yield fault("row_st_obuf", "the run that leaves the buffer, in its middle", p, "SCRATCHPAD", 6,
                at("OBUF", 32), noise=43).expect("OBUF", 0, "i32", 96)
    p = array_block(lambda p: p.transfer("LD", "WBUF", 12))
    yield fault("row_ld_wbuf_k4", "interleaved tile rows", p, "SCRATCHPAD", 4, at("WBUF", 9),
                arch={"PARAM_BUF_CHANNEL_BW": 128, "WBUF_DEPTH": 18})
    p = array_block(lambda p: p.loop(14, 4, LD_IBUF=4).transfer("LD", "IBUF", 7))
    yield fault("row_ld_ibuf4", "elements of 4 bits: req counts rows", p, "SCRATCHPAD", 6,
                at("IBUF", 32), arch={"DATA_WIDTH": 4})
    p = simd_block(lambda p: p.tile("LD", V1, 62, 32, 8).tile("LD", V1, 62, 32, 9))
    yield fault("row_simd_ld", "row 64 of 64", p, "SCRATCHPAD", 4, at(V1, 64))
    p = simd_block(lambda p: p.tile("ST", V2, 60, 16, 3, (0, 3, 64)))
    yield fault("row_simd_st", "the third run, in its middle; two were stored", p, "SCRATCHPAD",
                4, at(V2, 63), arch={"VMEM_DEPTH": 63}, noise=45).expect("SIMD", 0, "i16", 96)
    p = simd_block(lambda p: p.tile("ST", V2, 0xffffffff, 32, 8))
    yield fault("row_tile_addr", "TILE_ADDR is unsigned", p, "SCRATCHPAD", 3, at(V2, 0xffffffff))


def scratchpad_compute():
    for k, (buf, depth) in enumerate((("IBUF", 32), ("WBUF", 32), ("BBUF", 16), ("OBUF", 32))):
        strides = {b: depth for b in ("IBUF", "WBUF", "BBUF", "OBUF")[k:]}
        strides.update({"OBUF": 32})
        p = array_block(lambda p, s=strides: p.transfer("LD", "BBUF", 4).loop(7, 1, **s))
        yield fault(f"row_compute_{buf.lower()}", "IBUF, WBUF, BBUF, OBUF in this order", p,
                    "SCRATCHPAD", 3, at(buf, depth))
    p = array_block(lambda p: p.loop(7, 1, BBUF=99, OBUF=1).loop(8, 1, IBUF=-1))
    yield fault("row_compute_negative", "row -1; BBUF is not read without its load", p,
                "SCRATCHPAD", 3, at("IBUF", -1))
    p = array_block(lambda p: p.transfer("LD", "BBUF", 4).loop(7, 1, BBUF=99).reduce(0, "INNER")
                    .loop(8, 9, WBUF=0x7fffffff))
    yield fault("row_compute_bbuf_unread", "BBUF is read at reduction index 0 only", p,
                "SCRATCHPAD", 3, at("WBUF", 0x7fffffff))
    p = array_block(lambda p: p.loop(7, 1).loop(8, 1, OBUF=32).transfer("ST", "OBUF", 4))
    yield fault("row_compute_no_store", "a tile that fails stores nothing", p, "SCRATCHPAD", 3,
                at("OBUF", 32), noise=47).expect("OBUF", 0, "i32", 4, want=[0] * 4)


def scratchpad_body():
    build = {
        "src1": (7, lambda p: p.iterator(V1, 0, 64).iterator(V2, 0, 70).iterator("IMM", 0, 32)
                 .op("ADD", V2, 0, V1, 0, "IMM", 0), at(V1, 64)),
        "src2": (5, lambda p: p.iterator(V2, 0, 70).iterator("IMM", 0, 32)
                 .op("ADD", V2, 0, V1, 0, "IMM", 0), at("IMM", 32)),
        "dst": (3, lambda p: p.iterator(V2, 0, 64).op("ADD", V2, 0, V1, 0, "IMM", 0), at(V2, 64)),
        "dst_ibuf": (3, lambda p: p.iterator("IBUF", 0, 32).op("MOVE", "IBUF", 0, V1, 0, V1, 0),
                     at("IBUF", 32)),
        "obuf": (3, lambda p: p.iterator("OBUF", 3, 32).op("MOVE", V1, 0, "OBUF", 3, V1, 0),
                 at("OBUF", 32)),
        "imm_negative": (3, lambda p: p.iterator("IMM", 3, -1).op("MOVE", V1, 0, "IMM", 3, V1, 0),
                         at("IMM", -1)),
        "large": (5, lambda p: p.op("BASE_HIGH", V1, 0, 0x7fff).op("STRIDE_HIGH", V1, 0, 0x7fff)
                  .level(0, 4, (V2, 0), (V1, 0)).op("MOVE", V2, 0, V1, 0, V1, 0),
                  at(V1, 0x7fff0000)),
    }
    for name, (word, body, address) in build.items():
        yield fault("row_body_" + name, "source 1, source 2, destination", simd_block(body),
                    "SCRATCHPAD", word, address)

    def second_word(p):
        p.iterator(V1, 0, 60, 1).iterator(V2, 0, 61, 1)
        p.level(0, 8, (V2, 0), (V1, 0), (V1, 0)).inst(2)
        p.op("MOVE", V2, 0, V1, 0, V1, 0).op("NOT", V2, 0, V1, 0, V1, 0)
    yield fault("row_body_iteration", "iteration 3 of a nest, first body word",
                simd_block(second_word), "SCRATCHPAD", 8, at(V2, 64))

    def stored(p):
        p.imm(0, 77).op("MOVE", V1, 0, "IMM", 0, V1, 0).start("ST", V1, 32, 4)
        p.iterator(V1, 1, -5).op("MOVE", V1, 1, "IMM", 0, V1, 0)
    yield fault("row_body_after_store", "stores before the fault stay", simd_block(stored),
                "SCRATCHPAD", 7, at(V1, -5)).expect("SIMD", 0, "i32", 4, want=[77] * 4)


def scratchpad_perm():
    for name, walkers, shuffle, address in (
            ("src", ((62, 1), (62, 1)), 0, at(V1, 64)),
            ("dst", ((0, 1), (62, 1)), 0, at(V2, 64)),
            ("negative", ((2, -1), (0, 1)), 0, at(V1, -1)),
            ("shuffle_reads_first", ((61, 1), (64, 1)), 1, at(V1, 64))):
        def build(p, walkers=walkers, shuffle=shuffle):
            for rw, (base, stride) in zip(("WR", "RD"), reversed(walkers)):
                p.walker(rw, base, (0, 3, stride))
            p.permute(V2, V1, shuffle)
        yield fault("row_perm_" + name, "reads before writes, step by step or block by block",
                    simd_block(build), "SCRATCHPAD", 7, address)
    yield fault("perm_steps", "walkers of 4 and 3 steps; no step runs",
                simd_block(lambda p: p.walker("RD", 99, (0, 3, 1)).walker("WR", 0, (0, 2, 1))
                           .permute(V2, V1, 0)), "BAD_CONFIG", 7, 0)
    yield fault("perm_shuffle_steps", "6 steps are not a multiple of 4",
                simd_block(lambda p: p.walker("RD", 0, (0, 5, 1)).walker("WR", 0, (0, 5, 1))
                           .permute(V2, V1, 1)), "BAD_CONFIG", 7, 0)


# Memory

def memory_cases():
    code = {"base": 0, "size": 0x100, "writable": False}

    def regions(*more):
        return [code] + [{"base": b, "size": s, "writable": w} for b, s, w in more]

    p = array_block(lambda p: p.base("IBUF", 4).loop(14, 2, LD_IBUF=8).transfer("LD", "IBUF", 2))
    yield fault("memory_ld", "the second run leaves the region", p, "MEMORY", 8,
                BUS["IBUF"] + 12, memory=regions((BUS["IBUF"], 19, True)))
    p = array_block(lambda p: p.loop(14, 2, ST_OBUF=16).transfer("ST", "OBUF", 4))
    case = fault("memory_st_readonly", "a store to a region that is not writable", p, "MEMORY", 6,
                 BUS["OBUF"] + 16, noise=49,
                 memory=regions((BUS["OBUF"], 16, True), (BUS["OBUF"] + 16, 64, False)))
    yield case.expect("OBUF", 0, "i32", 12)
    p = simd_block(lambda p: p.tile("ST", V1, 0, 8, 4))
    yield fault("memory_simd", "a store in front of the region", p, "MEMORY", 2, BUS["SIMD"],
                memory=regions((BUS["SIMD"] + 1, 64, True)))
    yield fault("memory_fetch", "the first block is outside", Program().end(), "MEMORY", 0, 0x200,
                chain=True, entry=0x200, entry_words=1, memory=regions())
    yield fault("memory_fetch_next", "the next block is outside; window base of its own",
                Program().imem(0x80, 3).end(0), "MEMORY", 0, 0x12345678080, block=1, chain=True,
                window_base={"IMEM": 0x12345678000},
                memory=[{"base": 0x12345678000, "size": 0x88, "writable": True}])
    p = simd_block(lambda p: p.dma_base("LD", V1, 0xfffffff8).tile("LD", V1, 99, 32, 16))
    yield fault("order_window_first", "WINDOW before SCRATCHPAD and MEMORY", p, "WINDOW", 4,
                0xfffffff8, memory=regions())
    p = simd_block(lambda p: p.tile("LD", V1, 99, 32, 16))
    yield fault("order_row_before_memory", "SCRATCHPAD before MEMORY", p, "SCRATCHPAD", 2,
                at(V1, 99), memory=regions())


# Hazards

def fused_hazard(simd_offset, buf, size_words=4):
    """SIMD stores at 0x2000 + simd_offset; the array loads 0x2010 in the second tile."""
    p = Program().sa_start().base(buf, 0x2000).loop(0, 1, **{"LD_" + buf: 0x10})
    p.transfer("LD", buf, {"IBUF": 4, "WBUF": 1}.get(buf, 4)).sa_end()
    p.simd_start().base_loop("ST", V1, 0, 1, 0x400).dma_base("ST", V1, 0x2000 + simd_offset)
    return p.start("ST", V1, 32, size_words).simd_end().end()


def hazard_cases():
    bus = 0x40002010
    for buf in ("IBUF", "WBUF", "BBUF", "OBUF"):
        p = fused_hazard(0x10, buf)
        word = next(k for k, line in enumerate(p.lines) if line.startswith("LD_ST LD"))
        yield fault(f"hazard_ld_{buf.lower()}", "the array loads what SIMD stored", p, "HAZARD",
                    word, bus, window_base=BASE)
    p = fused_hazard(0x1f, "IBUF", 1)
    yield fault("hazard_one_byte", "one byte of the run", p, "HAZARD", 5, bus, window_base=BASE)
    for name, offset, words in (("below", 0xc, 1), ("above", 0x20, 4)):
        case = Case(f"hazard_none_{name}", "stores next to the loaded run",
                    fused_hazard(offset, "IBUF", words), window_base=BASE, noise=53)
        yield case.expect("SIMD", 0x2000, "u8", 64)
    yield from hazard_stores(bus)
    yield from hazard_fetches()
    yield from hazard_release()


def hazard_stores(bus):
    def stores(p, first, second):
        p.sa_start().base("OBUF", 0x2000).loop(0, 1, ST_OBUF=first).transfer("ST", "OBUF", 4)
        p.sa_end().simd_start().base_loop("ST", V1, 0, 1, 0x100)
        p.dma_base("ST", V1, second).start("ST", V1, 32, 4)
        return p.simd_end().end()

    p = stores(Program(), 0x100, 0x200c)
    yield fault("hazard_st_simd", "SIMD stores what the array stored", p, "HAZARD",
                p.lines.index("ST_START 0, VMEM1, 31, 4"), 0x4000200c, window_base=BASE)
    p = stores(Program(), 0x10, 0x2010)
    yield fault("hazard_st_obuf", "the array stores what SIMD stored", p, "HAZARD", 5, bus,
                window_base=BASE)
    p = Program().sa_start().base("OBUF", 0x2000).base("IBUF", 0x2000).loop(0, 1, LD_IBUF=8)
    p.transfer("ST", "OBUF", 4).transfer("LD", "IBUF", 1).sa_end().end()
    yield fault("hazard_obuf_ibuf", "the array loads through IBUF what it stored through OBUF", p,
                "HAZARD", p.lines.index("LD_ST LD, BUFFER, IBUF, 0, 1"), 0x40002008,
                window_base=BASE)
    p = Program().sa_start().base("OBUF", 0x2000).transfer("ST", "OBUF", 8).sa_end()
    p.simd_start().dma_base("LD", V1, 0x201e).tile("LD", V1, 0, 16, 4).simd_end().end()
    word = p.lines.index("LD_START 0, VMEM1, 15, 4")
    yield fault("hazard_ld_simd", "SIMD loads what the array stored", p, "HAZARD", word,
                0x4000201e, window_base=BASE)
    q = Program().sa_start().base("OBUF", 0x2000).transfer("ST", "OBUF", 8).sa_end()
    q.simd_start().dma_base("LD", V1, 0x201e).tile("LD", V1, 63, 16, 4).simd_end().end()
    yield fault("order_row_before_hazard", "SCRATCHPAD before HAZARD", q, "SCRATCHPAD", word,
                at(V1, 64), window_base=BASE)
    regions = [{"base": BASE["IMEM"], "size": 0x1000, "writable": False},
               {"base": BASE["IMEM"] + 0x2000, "size": 0x20, "writable": True}]
    yield fault("order_hazard_before_memory", "HAZARD before MEMORY", p, "HAZARD", word,
                0x4000201e, window_base=BASE, memory=regions)
    bases = dict(BASE, SIMD=BASE["OBUF"] - 0x1000)
    p = Program().sa_start().base("OBUF", 0x2000).transfer("ST", "OBUF", 8).sa_end()
    p.simd_start().dma_base("LD", V1, 0x3000).start("LD", V1, 32, 4).simd_end().end()
    yield fault("hazard_alias", "bytes are compared by bus address", p, "HAZARD",
                p.lines.index("LD_START 0, VMEM1, 31, 4"), 0x40002000, window_base=bases)


def hazard_fetches():
    p = Program()
    p.imem(0x2000, 5)
    add_one(p, 0x1ff0, 0x2010)
    p.end(0)
    case = fault("hazard_fetch", "the next block's last word was stored by this block", p,
                 "HAZARD", 2, 0x40002000, chain=True, window_base=BASE)
    yield case.expect("SIMD", 0x2010, "i32", 4, want=[1] * 4)
    p = Program()
    add_one(p, 0x1ff0, 0x2010)
    p.imem(0x2004, 4).end(0)
    regions = [{"base": BASE["IMEM"], "size": 0x1000, "writable": False},
               {"base": BASE["IMEM"] + 0x1ff0, "size": 0x30, "writable": True}]
    word = p.lines.index("LD_ST LD, IMEM, IBUF, 0, 4")
    yield fault("hazard_fetch_first", "HAZARD before MEMORY", p, "HAZARD", word, 0x40002004,
                chain=True, window_base=BASE, memory=regions)
    group = len(p.words) - 4                    # all but the IMEM words and BLOCK_END
    budget = len(p.words) + group + 2 + 1 + 2 + 3
    yield fault("limit_before_hazard_fetch", "LIMIT before HAZARD", p, "LIMIT", 0, 0, block=1,
                chain=True, window_base=BASE, max_work=budget)


def hazard_release():
    for name, word, read in (
            ("src1", 2, lambda p: p.op("MOVE", V1, 0, "OBUF", 0, V1, 0)),
            ("src2", 2, lambda p: p.op("ADD", V1, 0, V1, 0, "OBUF", 0)),
            ("perm", 2, lambda p: p.permute(V1, "OBUF", 0)),
            ("row_first", 2, lambda p: p.op("SUB", V1, 0, "OBUF", 0, "OBUF", 1)),
            ("nest", 7, lambda p: p.iterator("OBUF", 0, 5, 1).level(0, 2, (V1, 0), ("OBUF", 0))
             .inst().op("MOVE", V1, 0, "OBUF", 0, V1, 0))):
        def build(p, read=read):
            p.release()
            read(p)
        yield fault("hazard_release_" + name, "OBUF read after the release", simd_block(build),
                    "HAZARD", word, at("OBUF", 5 if name == "nest" else 0))
    p = simd_block(lambda p: p.iterator("OBUF", 0, 99).release().permute(V1, V1, 0)
                   .op("MOVE", V1, 0, "OBUF", 0, V1, 0))
    yield fault("order_row_before_release", "SCRATCHPAD before HAZARD", p, "SCRATCHPAD", 5,
                at("OBUF", 99))


# Work limit

def limit_program():
    p = Program().imem(0, 0).sa_start().loop(0, 1, LD_IBUF=4).loop(14, 2, LD_IBUF=8)
    p.transfer("LD", "IBUF", 4).loop(7, 5, IBUF=1, OBUF=1).sa_end()
    p.simd_start().base_loop("ST", V1, 0, 1, 32).iterator("OBUF", 0, 0, 1)
    p.level(0, 3, (V1, 0), ("OBUF", 0)).inst(2).op("MOVE", V1, 0, "OBUF", 0, "IMM", 0).nop()
    p.op("ADD", V1, 0, V1, 0, V1, 0).nop().permute(V2, V1, 0).start("ST", V1, 32, 8)
    return p.simd_end().end()


def limit_cases():
    """One unit less than each charge of the first tile, then of the last."""
    p = limit_program()
    lines = p.lines
    array_start, simd_start = 3, lines.index("SYNC_INST SIMD, START, EXEC, 0, 0, 0")
    group = len(lines) - 1 - simd_start
    nest = next(k for k, line in enumerate(lines) if line.startswith("MOVE"))
    charges = [("fetch", len(lines), 0), ("tile", 1, array_start), ("transfer", 3 + 48 // 16, 8),
               ("compute", 6, array_start), ("group", group, simd_start), ("nest", 6, nest),
               ("body", 1, nest + 2), ("nop", 1, nest + 3), ("perm", 1, nest + 4),
               ("store", 1 + 32 // 16, nest + 5)]
    total = 0
    for name, units, word in charges:
        total += units
        yield fault("limit_" + name, limit_cases.__doc__, p, "LIMIT", word, 0,
                    max_work=total - 1).load("IBUF", 0, "i8", signed(300, 64, 8))
    work = 2 * total - len(lines)
    case = fault("limit_last", limit_cases.__doc__, p, "LIMIT", nest + 5, 0, max_work=work - 1)
    yield case.expect("SIMD", 0, "i32", 16)
    yield Case("limit_enough", "just enough work", p, max_work=work).expect("SIMD", 0, "i32", 16)
    yield fault("limit_zero", "no work at all", Program().end(), "LIMIT", 0, 0, max_work=0)
    yield fault("limit_huge_nest", "2^64 iterations saturate instead of wrapping",
                simd_block(lambda p: [p.level(k, 65535, (V1, 0), (V1, 0)) for k in range(8)]
                           and p.nop()), "LIMIT", 17, 0)
    yield fault("limit_default", "the default budget of 2^40 units, exceeded",
                simd_block(lambda p: p.level(0, 65535, (V1, 0), (V1, 0))
                           .level(1, 65535, (V1, 0), (V1, 0)).level(2, 257, (V1, 0), (V1, 0))
                           .nop()), "LIMIT", 7, 0)
    yield fault("limit_huge_compute", "2^96 inner iterations; nothing is loaded after the charge",
                array_block(lambda p: [p.loop(k, 65535) for k in range(7, 13)]), "LIMIT", 3, 0)
    yield fault("limit_huge_dma", "2^80 runs of a transfer", array_block(
        lambda p: [p.loop(k, 65535, ST_OBUF=0) for k in range(14, 19)] and
        p.transfer("ST", "OBUF", 4)), "LIMIT", 14, 0)
    yield fault("limit_huge_simd_dma", "2^64 runs, then the row check would fail",
                simd_block(lambda p: p.tile("LD", V1, 99, 32, 4, *((k, 65535, 0)
                                                                   for k in range(4)))),
                "LIMIT", 10, 0)
    yield fault("limit_huge_perm", "2^48 steps", simd_block(
        lambda p: p.walker("RD", 0, *((k, 65535, 0) for k in range(3)))
        .walker("WR", 0, *((k + 9, 65535, 0) for k in range(3))).permute(V1, V2, 1)),
        "LIMIT", 15, 0)


def cases():
    yield from window_cases()
    yield from scratchpad_transfers()
    yield from scratchpad_compute()
    yield from scratchpad_body()
    yield from scratchpad_perm()
    yield from memory_cases()
    yield from hazard_cases()
    yield from limit_cases()
    yield Case("array128_rows", "wide rows of VMEM, 128 lanes",
               simd_block(lambda p: p.tile("LD", V1, 1, 8, 1).tile("ST", V1, 0, 8, 2)),
               arch=array(128, VMEM_DEPTH=2)).load("SIMD", 0, "u8", range(128)).expect(
                   "SIMD", 0, "u8", 256)
