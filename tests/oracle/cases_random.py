# SPDX-License-Identifier: MIT
"""Random programs. Most run to the end, some fault; the model says which and how."""
import random

import isa
from case import Case, array
from cases_array import lay_out, signed
from program import Program

V1, V2 = "VMEM1", "VMEM2"
DATA = 0x400                                    # bytes of operands at the start of a window
BODY = [d for d in isa.TABLE if d.opcode < 4 and d.id != "NOP"]


class SimdWriter:
    """Writes the words of a random SIMD group; rows stay near 0..63."""

    def __init__(self, p, rng, obuf):
        self.p = p
        self.rng = rng
        self.sources = [V1, V2, "IMM"] + ["OBUF"] * obuf
        self.base_ids = []

    def group(self, base_loops, steps):
        p, rng = self.p, self.rng
        p.simd_start()
        for loop, n in base_loops:
            acc, ns = rng.choice(("LD", "ST")), rng.choice((V1, V2))
            p.base_loop(acc, ns, loop, n, 4 * rng.randrange(32))
            self.base_ids.append(loop)
        for slot in range(4):
            p.imm(slot, rng.choice((rng.getrandbits(32), rng.randrange(1 << 20), 1 << 16)))
        self.transfer("LD")
        for _ in range(steps):
            rng.choice((self.nest, self.nest, self.nest, self.single, self.permute,
                        self.transfer, self.configure))()
        for ns, address in ((V1, 0x2000), (V2, 0x2400)):
            p.dma_base("ST", ns, address).tile("ST", ns, 0, 32, 4 * 56)
        p.simd_end()

    def configure(self):
        p, rng = self.p, self.rng
        if self.base_ids and rng.random() < 0.5:
            p.dma_stride("BASE", rng.choice(("LD", "ST")), rng.choice((V1, V2)),
                         rng.choice(self.base_ids), 4 * rng.randrange(-8, 32))
        else:
            p.dtype(rng.randrange(0, 33), rng.randrange(0, 33))

    def transfer(self, acc=None):
        p, rng = self.p, self.rng
        acc, ns = acc or rng.choice(("LD", "ST")), rng.choice((V1, V2))
        width = rng.choice((4, 8, 16, 32, 32))
        p.dma_base(acc, ns, 0x1000 + rng.randrange(0x100) if acc == "ST" else rng.randrange(DATA))
        loops = [(rng.randrange(32), rng.randrange(3), rng.randrange(-40, 100))
                 for _ in range(rng.randrange(3))]
        req = rng.randrange(1, 2 + width)
        p.tile(acc, ns, rng.randrange(40), width, req, *loops)

    def operand(self, namespaces, levels):
        """A namespace, and an iterator of it for each level."""
        rng = self.rng
        ns = rng.choice(namespaces)
        limit = {"IMM": 4, "IBUF": 32, "OBUF": 16}.get(ns, 48)
        ids = rng.sample(range(32), len(levels))
        for k, n in zip(ids, levels):
            room = max(1, limit // 4 // n)
            self.p.iterator(ns, k, rng.randrange(max(1, limit // 2)), rng.randrange(room))
        return [(ns, k) for k in ids]

    def nest(self):
        p, rng = self.p, self.rng
        levels = [rng.randrange(1, 6) for _ in range(rng.randrange(1, 4))]
        dst = self.operand((V1, V2, V1, V2, "IBUF"), levels)
        src1, src2 = self.operand(self.sources, levels), self.operand(self.sources, levels)
        for loop, n, *index in zip(rng.sample(range(8), len(levels)), levels, dst, src1, src2):
            p.level(loop, n, *index)
        body = rng.randrange(1, 4)
        if body > 1 or rng.random() < 0.7:
            p.inst(body, rng.randrange(2))
        for _ in range(body):
            self.body(dst[-1][0], src1[-1][0], src2[-1][0])

    def body(self, dst, src1, src2):
        rng = self.rng
        self.p.op(rng.choice(BODY).mnemonic, dst, rng.randrange(32), src1, rng.randrange(32),
                  src2, rng.randrange(32))

    def single(self):
        index = [self.operand(ns, [1])[0] for ns in ((V1, V2), self.sources, self.sources)]
        self.p.op(self.rng.choice(BODY).mnemonic, *(field for pair in index for field in pair))

    def permute(self):
        p, rng = self.p, self.rng
        n = rng.choice((0, 1, 3, 7))
        extra = rng.choice(((), ((20, 1, 8),)))
        for rw in ("RD", "WR"):
            p.walker(rw, rng.randrange(24), (rng.randrange(20), n, rng.randrange(3)), *extra)
        shuffle = int(n > 1 and rng.random() < 0.7)
        p.permute(rng.choice((V1, V2)), rng.choice((V1, V2, self.sources[-1], V1)
                                                   if self.sources[-1] != "IMM" else (V1, V2)),
                  shuffle)


def array_group(p, rng, k, handed_over):
    """A random array group; outer loops that multiply to handed_over tiles."""
    p.sa_start()
    for buf in ("WBUF", "BBUF", "IBUF"):
        p.base(buf, 4 * rng.randrange(16))
    p.base("OBUF", 4 * rng.randrange(64))
    outer = [(loop, n, False) for loop, n in zip(sorted(rng.sample(range(7), len(handed_over))),
                                                 handed_over)]
    free = [l for l in range(7) if l not in [o[0] for o in outer]]
    if rng.random() < 0.6:
        outer.append((rng.choice(free), rng.randrange(3), True))
    for loop, n, reduction in outer:
        p.loop(loop, n, LD_IBUF=rng.randrange(24), LD_WBUF=4 * rng.randrange(8),
               LD_BBUF=4 * rng.randrange(8), LD_OBUF=4 * rng.randrange(8),
               ST_OBUF=4 * rng.randrange(16))
        if reduction:
            p.reduce(loop, "OUTER")
    inner = rng.sample(range(7, 14), rng.randrange(1, 4))
    for loop in inner:
        p.loop(loop, rng.randrange(4), IBUF=rng.randrange(3), WBUF=rng.randrange(3),
               BBUF=rng.randrange(2), OBUF=rng.randrange(4))
    for loop in inner:
        if rng.random() < 0.4:
            p.reduce((loop - 7 - len(outer)) % 7, "INNER", rng.choice(("IC", "KW", "KH")))
    array_transfers(p, rng, k)
    p.sa_end()


def array_transfers(p, rng, k):
    dma = rng.sample(range(14, 64), 4)
    wanted = [t for t, chance in ((("LD", "WBUF"), 0.9), (("LD", "IBUF"), 0.9),
                                  (("LD", "BBUF"), 0.6), (("LD", "OBUF"), 0.4),
                                  (("ST", "OBUF"), 0.9)) if rng.random() < chance]
    rng.shuffle(wanted)
    for loop in dma:
        p.op("SA_LOOP_CFG", 0, loop, rng.randrange(3))
    for acc, buf in wanted:
        for loop in rng.sample(dma, rng.randrange(3)):
            p.stride(acc, buf, loop, 4 * rng.randrange(-2, 12))
        p.transfer(acc, buf, k * rng.randrange(1, 3) if buf == "WBUF" else rng.randrange(1, 12))


def random_arch(rng):
    """(fields, K or None) of a small machine."""
    n = rng.choice((4, 4, 8))
    wide = {"ACC_WIDTH": rng.choice((32, 32, 16)), "BIAS_WIDTH": rng.choice((32, 16)),
            "DATA_WIDTH": rng.choice((8, 8, 4))}
    if rng.random() < 0.4:
        return array(n, WEIGHT_LAYOUT="column", WGT_WIDTH=rng.choice((8, 4)), **wide), None
    k = rng.choice((1, 2, 4))
    return array(n, 8 * n * k, **wide), k


def random_case(name, seed, kind):
    rng = random.Random(seed)
    fields, k = random_arch(rng)
    p = Program()
    tiles = [rng.randrange(3) for _ in range(rng.randrange(3))]
    if kind != "simd":
        array_group(p, rng, k or 1, tiles)
    if kind != "array":
        loops = list(zip(sorted(rng.sample(range(32), len(tiles))), tiles))
        SimdWriter(p, rng, kind == "fused").group(loops, rng.randrange(3, 12))
    p.end()
    case = Case(name, f"random {kind} program, seed {seed}", p, "any", fields,
                noise=seed & 0xffff | 1)
    n = fields["ARRAY_N"]
    case.load("SIMD", 0, "u8", signed(seed, DATA, 8)).load("IBUF", 0, "u8", signed(seed, 256, 8))
    case.load("PARAM", 0, "i8", lay_out(signed(seed, (512 // n // n, n, n), 8), n))
    case.load("OBUF", 0, "u8", signed(seed, 512, 8))
    if kind != "array":
        case.expect("SIMD", 0xf00, "u8", 0x500).expect("SIMD", 0x2000, "i32", 0x200)
    return case.expect("OBUF", 0, "u8", 0x300) if kind != "simd" else case


def cases(count=75, seed=1):
    for number in range(count):
        kind = ("simd", "array", "fused")[number % 3]
        yield random_case(f"random_{kind}_{number // 3:02d}", 1000 * seed + number, kind)
