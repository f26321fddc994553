# SPDX-License-Identifier: MIT
"""Test programs for every unprivileged instruction of RV32IMC.

A program is a list of cases. A case loads its operands, executes the
instruction once and stores what it did; generate() makes the assembler text of
all programs, each of which ends with a write() of its results.
"""

import random

EDGES = [0, 1, 2, 3, 0xffffffff, 0xfffffffe, 0x7fffffff, 0x80000000,
         0x80000001, 0x55555555, 0xaaaaaaaa, 31, 32, 0xffff, 0xffff8000]
DATA_BYTES = 8192
DATA_MIDDLE = 4096

I_REG = ["add", "sub", "sll", "slt", "sltu", "xor", "srl", "sra", "or", "and"]
M_REG = ["mul", "mulh", "mulhsu", "mulhu", "div", "divu", "rem", "remu"]
I_IMM = ["addi", "slti", "sltiu", "xori", "ori", "andi"]
I_SHIFT = ["slli", "srli", "srai"]
I_BRANCH = ["beq", "bne", "blt", "bge", "bltu", "bgeu"]
I_LOAD = ["lb", "lh", "lw", "lbu", "lhu"]
I_STORE = ["sb", "sh", "sw"]
I_REST = ["lui", "auipc", "jal", "jalr", "fence", "ecall", "fence.i"]
C_REG = ["c.sub", "c.xor", "c.or", "c.and", "c.mv", "c.add"]
C_IMM = ["c.addi", "c.li", "c.andi", "c.lui", "c.addi16sp", "c.addi4spn",
         "c.slli", "c.srli", "c.srai", "c.nop"]
C_MEMORY = ["c.lw", "c.sw", "c.lwsp", "c.swsp"]
C_JUMP = ["c.j", "c.jal", "c.jr", "c.jalr", "c.beqz", "c.bnez"]

INSTRUCTIONS = (I_REG + I_IMM + I_SHIFT + I_BRANCH + I_LOAD + I_STORE +
                I_REST + M_REG + C_REG + C_IMM + C_MEMORY + C_JUMP)
# Base 40 without ebreak, fence.i, M 8, C 27 without c.ebreak: run_system.py
# has what traps.
assert len(INSTRUCTIONS) == len(set(INSTRUCTIONS)) == 39 + 1 + 8 + 26

SMALL = list(range(8, 16))


class Program:
    """Assembler text of the cases of one instruction."""

    def __init__(self, name, rng):
        self.name = name
        self.rng = rng
        self.text = []
        self.words = 0
        self.label = 0

    def emit(self, *lines):
        self.text += lines

    def insn(self, line):
        """The instruction under test, in the size its name says."""
        if line.startswith("c."):
            self.emit(".option push", ".option rvc", line, ".option pop")
        else:
            self.emit(line)

    def labels(self, n):
        self.label += n
        prefix = "L" + self.name.replace(".", "_")
        return [f"{prefix}_{self.label - i}" for i in range(n)]

    def reg(self, without=(), among=range(1, 32)):
        return self.rng.choice([r for r in among if r not in without])

    def value(self):
        if self.rng.random() < 0.3:
            return self.rng.choice(EDGES)
        return self.rng.getrandbits(32)

    def set(self, reg, val):
        if reg:
            self.emit(f"li x{reg}, {val:#x}")

    def store(self, *regs):
        """Append registers to the results; any other may be lost."""
        pointer = self.reg(without=regs)
        self.emit(f"lla x{pointer}, result + {4 * self.words}")
        for i, reg in enumerate(regs):
            self.emit(f"sw x{reg}, {4 * i}(x{pointer})")
        self.words += len(regs)

    def finish(self):
        """All registers, but the one which holds the pointer, as well."""
        self.emit(f"lla x31, result + {4 * self.words}")
        self.emit(*(f"sw x{r}, {4 * r}(x31)" for r in range(31)))
        self.words += 31
        self.emit("lla a1, result", f"li a2, {4 * self.words}", "li a0, 1",
                  "li a7, 64", "ecall")


def pairs(p, count):
    yield from ((a, b) for a in EDGES for b in EDGES)
    for _ in range(count):
        yield p.value(), p.value()


def reg_reg(p):
    for a, b in pairs(p, 100):
        rd, rs1, rs2 = (p.rng.randrange(32) for _ in range(3))
        p.set(rs1, a)
        p.set(rs2, b)
        p.insn(f"{p.name} x{rd}, x{rs1}, x{rs2}")
        p.store(rd)


def reg_imm(p):
    imms = [0, 1, 2, -1, -2, 2047, -2048, 0x555, -0x556, 31, 1024]
    imms += [p.rng.randrange(-2048, 2048) for _ in range(20)]
    for imm in imms:
        for a in EDGES + [p.value() for _ in range(5)]:
            rd, rs1 = p.rng.randrange(32), p.rng.randrange(32)
            p.set(rs1, a)
            p.insn(f"{p.name} x{rd}, x{rs1}, {imm}")
            p.store(rd)


def shift_imm(p):
    for shamt in range(32):
        for a in EDGES + [p.value() for _ in range(3)]:
            rd, rs1 = p.rng.randrange(32), p.rng.randrange(32)
            p.set(rs1, a)
            p.insn(f"{p.name} x{rd}, x{rs1}, {shamt}")
            p.store(rd)


def upper(p):
    imms = [0, 1, 0x7ffff, 0x80000, 0xfffff] + [1 << i for i in range(20)]
    for imm in imms + [p.rng.getrandbits(20) for _ in range(100)]:
        rd = p.rng.randrange(32)
        p.insn(f"{p.name} x{rd}, {imm:#x}")
        p.store(rd)


def jump_around(p, jump, distance, operands=(1,)):
    """Take jump(label) over distance bytes, forward and backward."""
    there, back, over = p.labels(3)
    result = p.reg(without=operands)
    # Forward.
    p.set(result, 1)
    jump(there)
    p.set(result, 2)
    p.emit(f".fill {distance // 4}, 4, 0x13", f"{there}:")
    p.store(result)
    # Backward.
    p.set(result, 3)
    p.emit(f"jal x0, {over}", f"{back}:")
    p.set(result, 4)
    p.emit(f"jal x0, {over}f", f".fill {distance // 4}, 4, 0x13", f"{over}:")
    jump(back)
    p.set(result, 5)
    p.emit(f"{over}f:")
    p.store(result)


def branch(p):
    values = list(pairs(p, 40))
    for i, (a, b) in enumerate(values):
        rs1, rs2 = p.rng.randrange(32), p.rng.randrange(32)
        if p.rng.random() < 0.2:
            b = a
        if i % 8 == 0:
            def jump(label):
                p.emit(f"li x5, {a:#x}", f"li x6, {b:#x}",
                       f"{p.name} x5, x6, {label}")
            jump_around(p, jump, p.rng.randrange(3900), operands=(5, 6))
            continue
        marker = p.reg(without=(rs1, rs2))
        there, = p.labels(1)
        p.set(rs1, a)
        p.set(rs2, b)
        p.set(marker, 1)
        p.insn(f"{p.name} x{rs1}, x{rs2}, {there}")
        p.set(marker, 2)
        p.emit(f"{there}:")
        p.store(marker)


def jal(p):
    for distance in (0, 4, 60, 2040, 4096, 70000, 0x80000, 0xfff00):
        def jump(label):
            p.emit(f"jal x1, {label}")
        jump_around(p, jump, distance)
        p.store(1)
    for rd in range(32):
        there, = p.labels(1)
        p.insn(f"jal x{rd}, {there}")
        p.emit("li x0, 7", f"{there}:")
        p.store(rd)


def jalr(p):
    for i in range(200):
        rd, rs1 = p.rng.randrange(32), p.reg()
        imm = p.rng.choice([0, 1, -1, 2047, -2048, p.rng.randrange(-2048, 2048)])
        if p.name != "jalr":
            rd, imm = (1 if p.name == "c.jalr" else 0), 0
        marker = p.reg(without=(rd, rs1))
        there, = p.labels(1)
        p.set(marker, i)
        # Bit 0 of the sum is ignored.
        odd = i & 1
        p.emit(f"lla x{rs1}, {there}", f"li x{marker}, {odd - imm}",
               f"add x{rs1}, x{rs1}, x{marker}")
        p.set(marker, 1)
        p.insn(f"jalr x{rd}, {imm}(x{rs1})" if p.name == "jalr"
               else f"{p.name} x{rs1}")
        p.set(marker, 2)
        p.emit(f"{there}:")
        p.store(rd, rs1, marker)


def memory_base(p, reg, imm):
    """Point reg so that imm(reg) is somewhere in the data."""
    at = DATA_MIDDLE + p.rng.randrange(-1024, 1024)
    p.emit(f"lla x{reg}, data + {at}", f"addi x{reg}, x{reg}, {-(imm // 2)}",
           f"addi x{reg}, x{reg}, {-(imm - imm // 2)}")
    return at


def load(p):
    imms = [0, 1, 2, 3, 4, -1, -4, 2047, -2048]
    for imm in imms + [p.rng.randrange(-2048, 2048) for _ in range(200)]:
        rd, rs1 = p.rng.randrange(32), p.reg()
        memory_base(p, rs1, imm)
        p.insn(f"{p.name} x{rd}, {imm}(x{rs1})")
        p.store(rd)


def stored(p, at):
    """What lies around the place that was written."""
    at &= ~3
    regs = p.rng.sample(range(1, 32), 4)
    for i, r in enumerate(regs[:3]):
        p.emit(f"lla x{regs[3]}, data + {at - 4 + 4 * i}",
               f"lw x{r}, 0(x{regs[3]})")
    p.store(*regs[:3])


def store(p):
    imms = [0, 1, 2, 3, 4, -1, -4, 2047, -2048]
    for imm in imms + [p.rng.randrange(-2048, 2048) for _ in range(150)]:
        rs1, rs2 = p.reg(), p.rng.randrange(32)
        p.set(rs2, p.value())
        at = memory_base(p, rs1, imm)
        p.insn(f"{p.name} x{rs2}, {imm}(x{rs1})")
        # rs2 may be rs1: what is stored is then an address, the same on both.
        stored(p, at)


def fence(p):
    for _ in range(100):
        rd = p.reg()
        p.set(rd, p.value())
        fields = p.rng.getrandbits(12) << 20
        p.emit(f".word {0x000f | fields:#x}")
        p.store(rd)
    p.emit("fence rw, rw", "fence")
    p.store(1, 2, 3)


def fence_i(p):
    """Code written just before, as addi x5, x5, n, runs as written."""
    for i in range(50):
        slot, = p.labels(1)
        p.set(6, 0x00028293 | p.rng.getrandbits(12) << 20)
        p.set(5, p.value())
        p.emit(f"lla x7, {slot}", "sw x6, 0(x7)", "fence.i", f"{slot}:",
               "nop")
        p.store(5, 6)


def ecall(p):
    """write() of nothing: returns 0 and touches nothing but a0."""
    for _ in range(20):
        for r in range(1, 32):
            p.set(r, p.value())
        p.emit("lla a1, result", "li a0, 1", "li a2, 0", "li a7, 64", "ecall")
        p.store(*range(1, 20))


def c_reg(p):
    every = p.name in ("c.mv", "c.add")
    regs = range(1, 32) if every else SMALL
    for a, b in pairs(p, 100):
        rd, rs2 = p.reg(among=regs), p.reg(among=regs)
        p.set(rd, a)
        p.set(rs2, b)
        p.insn(f"{p.name} x{rd}, x{rs2}")
        p.store(rd, rs2)


def c_imm_values(name):
    if name in ("c.slli", "c.srli", "c.srai"):
        return range(1, 32)
    if name == "c.lui":
        return [i for i in [*range(1, 32), *range(0xfffe0, 0x100000)]]
    if name == "c.addi16sp":
        return [i for i in range(-512, 512, 16) if i]
    if name == "c.addi4spn":
        return range(4, 1024, 4)
    return [i for i in range(-32, 32) if i or name != "c.addi"]


def c_imm(p):
    small = p.name in ("c.andi", "c.srli", "c.srai", "c.addi4spn")
    for imm in c_imm_values(p.name):
        for a in [p.value() for _ in range(8)]:
            rd = p.reg(without=(2,), among=SMALL if small else range(1, 32))
            p.set(rd, a)
            p.set(2, p.value())
            if p.name == "c.addi16sp":
                p.insn(f"c.addi16sp x2, {imm}")
            elif p.name == "c.addi4spn":
                p.insn(f"c.addi4spn x{rd}, x2, {imm}")
            else:
                p.insn(f"{p.name} x{rd}, {imm}")
            p.store(rd, 2)


def c_nop(p):
    for _ in range(10):
        rd = p.reg()
        p.set(rd, p.value())
        p.insn("c.nop")
        p.store(rd)


def c_memory(p):
    is_sp = p.name.endswith("sp")
    for imm in range(0, 256 if is_sp else 128, 4):
        for _ in range(3):
            base = 2 if is_sp else p.reg(among=SMALL)
            reg = p.reg(among=range(1, 32) if is_sp else SMALL)
            p.set(reg, p.value())
            at = memory_base(p, base, imm)
            p.insn(f"{p.name} x{reg}, {imm}(x{base})")
            if p.name.startswith("c.l"):
                p.store(reg)
            else:
                stored(p, at)


def c_jump(p):
    for distance in [0, 4, 8, 40, 200, 1000, 1990] + [
            p.rng.randrange(1990) for _ in range(20)]:
        jump_around(p, lambda l: p.insn(f"{p.name} {l}"), distance)
        if p.name == "c.jal":
            p.store(1)


def c_branch(p):
    for distance in [0, 4, 100, 200] + [p.rng.randrange(220)
                                        for _ in range(60)]:
        rs1 = p.reg(among=SMALL)
        val = p.rng.choice([0, p.value()])

        def jump(label):
            p.emit(f"li x{rs1}, {val:#x}")
            p.insn(f"{p.name} x{rs1}, {label}")
        jump_around(p, jump, distance, operands=(rs1,))


SPECIAL = {"lui": upper, "auipc": upper, "jal": jal, "jalr": jalr,
           "fence": fence, "ecall": ecall, "fence.i": fence_i, "c.nop": c_nop,
           "c.j": c_jump, "c.jal": c_jump, "c.jr": jalr, "c.jalr": jalr,
           "c.beqz": c_branch, "c.bnez": c_branch}
FAMILIES = ((I_REG + M_REG, reg_reg), (I_IMM, reg_imm), (I_SHIFT, shift_imm),
            (I_BRANCH, branch), (I_LOAD, load), (I_STORE, store),
            (C_REG, c_reg), (C_IMM, c_imm), (C_MEMORY, c_memory))


def maker(name):
    if name in SPECIAL:
        return SPECIAL[name]
    return next(make for names, make in FAMILIES if name in names)


def program(name, seed):
    p = Program(name, random.Random(f"{seed} {name}"))
    maker(name)(p)
    p.finish()
    return p


def generate(seed):
    """Assembler text of all programs in one, and their sizes in bytes."""
    rng = random.Random(seed)
    # Of one section, since fence.i is for code that is written.
    text = [".option norvc", ".option norelax",
            '.section .image, "awx", @progbits', ".globl _start", "_start:"]
    text += [f"li x{r}, {rng.getrandbits(32):#x}" for r in range(1, 32)]
    sizes = {}
    for name in INSTRUCTIONS:
        p = program(name, seed)
        text += p.text
        sizes[name] = 4 * p.words
    text += ["li a0, 0", "li a7, 93", "ecall", ".balign 4", "data:"]
    text += [f".word {rng.getrandbits(32):#x}" for _ in range(DATA_BYTES // 4)]
    text += ["result:", f".fill {max(sizes.values()) // 4}, 4, 0", ""]
    return "\n".join(text), sizes
