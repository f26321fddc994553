#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""gsc --emit=layers: five files of every layer, against the model file.

The words in binary and decimal are those gs-as makes of the assembly, and those
of the model file with its relocations applied as model_file.h says. Operands
stand where the model file has them; parameters and constants fill their
sections without a gap. Loops around each computation cover its variables, and
transfers move what the operands say; subscripts name loops that are open.
Prints TAP.
"""
import glob
import json
import os
import re
import struct
import subprocess
import sys
import tempfile

from setting import BIN, BUILD, ROOT, Tap  # first: it skips

import modelset
import npu

MODELS = ("fashion_lenet", "conv_large_ic", "residual_block", "depthwise_fused",
          "squeeze_excite", "concat_channels", "deconv3x3_s2",
          "global_avgpool_large", "channel_shuffle", "conv_extent_13x17",
          "mbconv_silu", "residual_pools")
SMALL = {"WBUF_DEPTH": 64, "VMEM_DEPTH": 64, "INSTR_DEPTH": 512}
SUFFIXES = ("_string_final.txt", "_binary.txt", "_decimal.txt", "_json.json",
            "_operations_idx.txt")
DEPTHS = {"IBUF": "IBUF_DEPTH", "WBUF": "WBUF_DEPTH", "OBUF": "OBUF_DEPTH",
          "BBUF": "BBUF_DEPTH", "VMEM1": "VMEM_DEPTH", "VMEM2": "VMEM_DEPTH"}


class Elf:
    """Sections of a model file, and its code with addresses."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        shoff = struct.unpack_from("<Q", self.data, 40)[0]
        size, count, names = struct.unpack_from("<HHH", self.data, 58)
        self.headers = [struct.unpack_from("<IIQQQQIIQQ", self.data,
                                           shoff + i * size)
                        for i in range(count)]
        strings = self.headers[names][4]
        self.index = {self.text(strings + h[0]): i
                      for i, h in enumerate(self.headers)}

    def text(self, at):
        return self.data[at:self.data.index(b"\0", at)].decode()

    def section(self, name):
        header = self.headers[self.index[name]]
        return self.data[header[4]:header[4] + header[5]]

    def size(self, name):
        at = self.index.get(name)
        return self.headers[at][5] if at is not None else 0

    def words(self):
        code = self.section(".text")
        words = list(struct.unpack(f"<{len(code) // 4}I", code))
        act = (self.size(".rodata.simd") + 255) // 256 * 256
        base = {self.index[".bss.act"]: act} if ".bss.act" in self.index \
            else {}
        symbols = self.section(".symtab")
        rela = self.section(".rela.text") if ".rela.text" in self.index \
            else b""
        for at in range(0, len(rela), 24):
            offset, info, addend = struct.unpack_from("<QQq", rela, at)
            shndx, value = struct.unpack_from("<HQ", symbols,
                                              (info >> 32) * 24 + 6)
            where = base.get(shndx, 0) + value + addend
            high = info & 0xffffffff == 2
            field = where >> 16 & 0xffff if high else where & 0xffff
            words[offset // 4] = words[offset // 4] & 0xffff0000 | field
        return words


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def assemble(path, folder):
    out = os.path.join(folder, "words")
    subprocess.run([os.path.join(BIN, "gs-as"), path, "-o", out], check=True)
    return [int(line) for line in read(out).split()]


def check_words(stem, words, folder):
    decimal = [int(line) for line in read(stem + "_decimal.txt").split()]
    binary = [int(line, 2) for line in read(stem + "_binary.txt").split()]
    wrong = []
    if decimal != words:
        wrong.append(f"{stem}: decimal words are not those of the model file")
    if binary != words:
        wrong.append(f"{stem}: binary words are not those of the model file")
    if assemble(stem + "_string_final.txt", folder) != words:
        wrong.append(f"{stem}: assembly has other words")
    return wrong


def check_operand(operand, model, regions, arch):
    """Is it where the model file says; what it occupies of its section."""
    wrong = []
    name, where = operand["name"], operand["storage"]
    for memory, field in DEPTHS.items():
        if memory in operand["data_path"] and \
                operand["tile_rows"] > arch[field]:
            wrong.append(f"{name}: {operand['tile_rows']} rows of {memory}")
    if not where:
        return wrong
    if where["section"] != ".bss.act":
        regions[where["section"]].add(
            (where["offset"], where["offset"] + where["bytes"]))
        return wrong
    info = model.get(where["tensor"])
    if info is None:
        return wrong + [f"{name}: no tensor {where['tensor']}"]
    if (info.layout.offset, info.layout.bytes) != \
            (where["offset"], where["bytes"]):
        wrong.append(f"{name}: at {where['offset']}, {where['bytes']} bytes; "
                     f"the model has {info.layout.offset}, "
                     f"{info.layout.bytes}")
    info = model.get(operand["unique_name"])
    if info is not None and (abs(info.scale - operand["scale"]) >
                             1e-7 * info.scale or
                             info.zero_point != operand["zero_point"]):
        wrong.append(f"{name}: scale {operand['scale']}")
    return wrong


def spans(layer):
    """Variables without a loop around tiles: what the windows of a tile reach of the sums."""
    return {symbol.lower(): size
            for operand in layer["intermediate"]
            for symbol, size in operand["tiling"].get("OBUF", {}).items()
            if symbol in ("CH", "CW")}


def check_loops(layer):
    """Loops nest, and those around a computation cover its variables."""
    wrong, stack = [], []
    extents = dict(layer["iterable_dimensions"], **spans(layer))
    for op in layer["operation_sequence"]:
        if op["op_type"] == "loop":
            stack.append(op)
        elif op["op_type"] == "loop_end":
            if stack.pop()["op_id"] != op["op_id"]:
                wrong.append(f"{op['op_id']} does not nest")
        elif op["op_type"] == "compute":
            for name in {loop["variable"] for loop in stack}:
                loops = [lp for lp in stack if lp["variable"] == name]
                covered = loops[0]["end"] == extents[name] and \
                    all(min(a["stride"], extents[name]) == b["end"]
                        for a, b in zip(loops, loops[1:]))
                if not covered:
                    wrong.append(f"{op['op_id']}: {name} is not covered")
    return wrong + ["loops stay open"] * bool(stack)


def check_transfers(layer):
    """Each operand in memory moves once from place to place, on its way."""
    wrong = []
    moved = {}
    for op in layer["operation_sequence"]:
        if op["op_type"] == "transfer":
            moved.setdefault(op["operand"], []).append(op)
    for operand in layer["inputs"] + layer["outputs"]:
        path = operand["data_path"]
        ops = moved.pop(operand["name"], [])
        if len(path) != 2:
            continue
        if len(ops) != 1 or ops[0]["path"] != path:
            wrong.append(f"{operand['name']}: not moved along {path}")
        elif ops[0]["size"]["full"] != \
                list(operand["shape_symbols"].values()):
            wrong.append(f"{operand['name']}: other extents")
    return wrong + [f"{name} moves, but is no operand" for name in moved]


def check_pseudo(stem, layer):
    """As many operations as the JSON has, in the same order."""
    word = {"config": "CONFIG", "loop": "LOOP", "loop_end": "END LOOP",
            "transfer": "TRANSFER", "compute": "COMPUTE"}
    lines = re.findall(r"^\d+:\t+(.*)$", read(stem + "_operations_idx.txt"),
                       re.M)
    ops = layer["operation_sequence"]
    same = len(lines) == len(ops) and all(
        line.startswith(word[op["op_type"]]) for line, op in zip(lines, ops))
    return [] if same else [f"{stem}: pseudo-code has other operations"]


def check_subscripts(stem):
    """What a computation names in subscripts are variables of open loops."""
    wrong, stack, computed = [], [], 0
    for line in read(stem + "_operations_idx.txt").splitlines():
        loop = re.match(r"\d+:\t+(END )?LOOP\d+ (\w+)", line)
        if loop and loop[1]:
            stack.pop()
        elif loop:
            stack.append(loop[2])
        elif re.match(r"\d+:\t+COMPUTE", line):
            computed += 1
            names = re.findall(r"[A-Za-z_]\w*",
                               " ".join(re.findall(r"\[(.*?)\]", line)))
            wrong += [f"{stem}: {name} is no loop around {line.strip()}"
                      for name in sorted(set(names) - set(stack))]
    return wrong + [f"{stem}: nothing is computed"] * (not computed)


def check_regions(regions, elf):
    """Sections are filled without gaps of a unit of alignment."""
    wrong = []
    for section, found in regions.items():
        at = 0
        for first, last in sorted(found):
            if not at <= first < at + 64:
                wrong.append(f"{section}: bytes {at} to {first}")
            at = last
        if not at <= elf.size(section) < at + 64:
            wrong.append(f"{section}: {at} of {elf.size(section)} bytes")
    return wrong


def check_model(name, gsm, folder, arch, work):
    elf = Elf(gsm)
    words = elf.words()
    regions = {".rodata.param": set(), ".rodata.simd": set()}
    texts, operands, sequences = [], [], []
    fields = json.loads(read(os.path.join(folder, "arch_cfg.json")))
    folders = sorted(glob.glob(os.path.join(folder, "layer*_*")),
                     key=lambda f: int(re.search(r"layer(\d+)_", f)[1]))
    with npu.Model(arch, gsm, BUILD) as model:
        tensors = {t.name.decode(): t for t in model.tensors}
        layers = [(la.name.decode(), la.first_word, la.num_words)
                  for la in model.layers]
    if len(folders) != len(layers):
        texts.append(f"{len(folders)} folders of {len(layers)} layers")
    for path, (node, first, num) in zip(folders, layers):
        prefix = os.path.basename(path).split("_", 1)[1]
        stem = os.path.join(path, prefix)
        have = sorted(os.listdir(path))
        if have != sorted(prefix + s for s in SUFFIXES):
            texts.append(f"{path} has {have}")
        texts += check_words(stem, words[first:first + num], work)
        root = json.loads(read(stem + "_json.json"))["program"]
        last = first + num == len(words)
        if root[1:] != [f"BLOCK_END {int(last)}"] or root[0]["node"] != node:
            operands.append(f"{path}: {root[1:]}, {root[0]['node']}")
        for operand in root[0]["inputs"] + root[0]["intermediate"] + \
                root[0]["outputs"]:
            operands += check_operand(operand, tensors, regions, fields)
        sequences += check_loops(root[0]) + check_transfers(root[0]) + \
            check_pseudo(stem, root[0]) + check_subscripts(stem)
    TAP.test(f"{name}: words", texts)
    TAP.test(f"{name}: operands", operands + check_regions(regions, elf))
    TAP.test(f"{name}: operations", sequences)


def small_machine(work):
    fields = json.loads(read(os.path.join(
        ROOT, "hw-model/configs/genesys_16x16.json")))
    path = os.path.join(work, "small.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(dict(fields, **SMALL), file)
    return path


TAP = Tap()


def main():
    gsc = os.path.join(BIN, "gsc")
    print(f"1..{len(MODELS) * 3 * 2 + 1}")
    with tempfile.TemporaryDirectory(prefix="layers.") as work:
        machines = (os.path.join(ROOT, "hw-model/configs/genesys_16x16.json"),
                    small_machine(work))
        for model in modelset.load(ROOT, MODELS):
            for at, arch in enumerate(machines):
                gsm = os.path.join(work, "model.gsm")
                folder = os.path.join(work, f"{model.name}{at}")
                why = model.compile(gsc, gsm, "-a", arch) or \
                    model.compile(gsc, folder, "-a", arch, "-e", "layers")
                if why:
                    raise SystemExit(f"{model.name}: {why}")
                check_model(f"{model.name}, {('16x16', 'small')[at]}", gsm,
                            folder, arch, work)
        # As an argument of its own, and without a name.
        source = os.path.join(work, "relu.onnx")
        os.symlink(os.path.join(ROOT, "tests/models/ops/relu.onnx"), source)
        first = os.path.join(work, "first")
        for args in (["--emit=layers", first, source],
                     ["--emit=layers", first, source],
                     [source, "--emit=layers"]):
            subprocess.run([gsc, *args], check=True, capture_output=True)
        TAP.test("names of the folder", [] if os.listdir(first) ==
                 os.listdir(os.path.join(work, "relu.layers")) else
                 ["other files"])
    return bool(TAP.failed)


if __name__ == "__main__":
    sys.exit(main())
