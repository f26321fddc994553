# SPDX-License-Identifier: MIT
"""A small assembler: writes programs word by word, as the vectors need them."""
import isa

SA, SIMD = "SYSTOLIC_ARRAY", "SIMD"


class Program:
    """Words and the text of each, in program order."""

    def __init__(self, encoding="sync_inst"):
        self.encoding = encoding
        self.words = []
        self.lines = []
        self.block_starts = [0]

    def here(self):
        """Index of the next word in its block."""
        return len(self.words) - self.block_starts[-1]

    def op(self, mnemonic, *operands):
        word = isa.encode(mnemonic, operands)
        self.words.append(word)
        self.lines.append(str(isa.decode(word, self.encoding)))
        return self

    def raw(self, word):
        """A word that need not decode; text() is then None."""
        self.words.append(word)
        insn = isa.decode(word, self.encoding)
        self.lines.append(str(insn) if insn else None)
        return self

    def replace(self, index, mnemonic, *operands):
        """Another instruction in the place of a word."""
        self.words[index] = isa.encode(mnemonic, operands)
        self.lines[index] = str(isa.decode(self.words[index], self.encoding))
        return self

    def text(self):
        return None if None in self.lines else "".join(line + "\n" for line in self.lines)

    # Structure

    def sync(self, target, what, kind="EXEC", group=0, num=0):
        if self.encoding == "inst_group_2021":
            return self.op("INST_GROUP", target, what, group, 0, num)
        return self.op("SYNC_INST", target, what, kind, 0, group, num)

    def sa_start(self):
        return self.sync(SA, "START")

    def sa_end(self):
        return self.sync(SA, "END")

    def simd_start(self):
        return self.sync(SIMD, "START")

    def simd_end(self):
        return self.sync(SIMD, "END")

    def release(self):
        return self.sync(SIMD, "END", "BUF")

    def end(self, last=1):
        self.op("BLOCK_END", last)
        self.block_starts.append(len(self.words))
        return self

    def imem(self, offset, words):
        """Name the next block."""
        self.op("SET_BASE_ADDR", "LOW", "IMEM", "IBUF", 0, offset & 0xffff)
        self.op("SET_BASE_ADDR", "HIGH", "IMEM", "IBUF", 0, offset >> 16)
        return self.op("LD_ST", "LD", "IMEM", "IBUF", 0, words)

    # Array group

    def base(self, buf, address):
        self.op("SET_BASE_ADDR", "LOW", "BUFFER", buf, 0, address & 0xffff)
        return self.op("SET_BASE_ADDR", "HIGH", "BUFFER", buf, 0, address >> 16)

    def stride(self, acc, buf, loop, value):
        value &= 0xffffffff
        self.op("SET_LOOP_STRIDE", "LOW", acc, buf, loop, value & 0xffff)
        if value >> 16:
            self.op("SET_LOOP_STRIDE", "HIGH", acc, buf, loop, value >> 16)
        return self

    def loop(self, loop, n, **strides):
        """SA_LOOP_CFG with strides given as LD_IBUF=4, OBUF=1 (RD and WR), ..."""
        self.op("SA_LOOP_CFG", 0, loop, n)
        for name, value in strides.items():
            if name == "OBUF":
                self.stride("RD", "OBUF", loop, value).stride("WR", "OBUF", loop, value)
            elif "_" in name:
                self.stride(*name.split("_"), loop, value)
            else:
                self.stride("RD", name, loop, value)
        return self

    def reduce(self, loop, kind, dim="IC"):
        return self.op("SA_REDUCTION_LOOP", 32, loop, kind, dim)

    def transfer(self, acc, buf, req):
        return self.op("LD_ST", acc, "BUFFER", buf, 0, req)

    # SIMD group

    def dma_base(self, acc, ns, address):
        self.op(acc + "_CONFIG_BASE_ADDR", "LSB", ns, 0, address & 0xffff)
        return self.op(acc + "_CONFIG_BASE_ADDR", "MSB", ns, 0, address >> 16)

    def base_loop(self, acc, ns, loop, n, stride):
        self.op(acc + "_CONFIG_BASE_LOOP_ITER", 0, ns, loop, n)
        return self.dma_stride("BASE", acc, ns, loop, stride)

    def tile_loop(self, acc, ns, loop, n, stride):
        self.op(acc + "_CONFIG_TILE_LOOP_ITER", 0, ns, loop, n)
        return self.dma_stride("TILE", acc, ns, loop, stride)

    def dma_stride(self, which, acc, ns, loop, stride):
        stride &= 0xffffffff
        name = f"{acc}_CONFIG_{which}_LOOP_STRIDE"
        self.op(name, "LSB", ns, loop, stride & 0xffff)
        if stride >> 16:
            self.op(name, "MSB", ns, loop, stride >> 16)
        return self

    def tile(self, acc, ns, row, width, req, *loops):
        """A transfer: TILE_ADDR, (loop, n, stride) tuples, START."""
        self.op(acc + "_CONFIG_TILE_ADDR", "LSB", ns, 0, row & 0xffff)
        if row >> 16:
            self.op(acc + "_CONFIG_TILE_ADDR", "MSB", ns, 0, row >> 16)
        for loop in loops:
            self.tile_loop(acc, ns, *loop)
        return self.start(acc, ns, width, req)

    def start(self, acc, ns, width, req):
        return self.op(acc + "_START", 0, ns, width - 1, req)

    def iterator(self, ns, idx, base, stride=0):
        self.op("BASE_SIGN_EXT", ns, idx, base & 0xffff)
        return self.op("STRIDE_SIGN_EXT", ns, idx, stride & 0xffff)

    def imm(self, slot, value):
        self.op("SET_IMM_LOW", "IMM", slot, value & 0xffff)
        return self.op("SET_IMM_HIGH", "IMM", slot, value >> 16 & 0xffff)

    def level(self, loop, n, dst, src1, src2=("IMM", 0)):
        """SET_ITER and SET_INDEX; operands are (namespace, iterator)."""
        self.op("SET_ITER", loop, 0, n)
        return self.op("SET_INDEX", *dst, *src1, *src2)

    def inst(self, k=1, nested=1):
        return self.op("SET_INST", nested, 0, k)

    def nop(self):
        return self.op("NOP", *[0] * 6)

    def dtype(self, dst, src):
        return self.op("DTYPE_CFG", "32FXP", dst, src, 16)

    def walker(self, rw, base, *loops):
        """A permutation walker with (loop, n, stride) tuples."""
        self.op("PERM_SET_BASE_ADDR", rw, 0, base)
        for loop, n, stride in loops:
            self.op("PERM_SET_LOOP_ITER", rw, loop, n)
            self.op("PERM_SET_LOOP_STRIDE", rw, loop, stride)
        return self

    def permute(self, dst, src, shuffle):
        return self.op("PERM_START", dst, 0, src, 0, shuffle)
