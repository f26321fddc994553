#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Write tests/models/golden/NAME/: see make_goldens.sh and README.md there.

A model is quantized by gsc, written as an ONNX model of QuantizeLinear and
DequantizeLinear, and run by onnxruntime. What is kept: the int8 result of each
QuantizeLinear that is a tensor of the compiled model, its scale and zero point
as the ONNX model has them, and the hash of that model. With --bits 4 the same
of a machine with 4-bit data and weights, in tests/models/golden4/NAME.npz.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import onnx
from onnx import numpy_helper

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests", "conformance"))

import modelset  # noqa: E402
import npu  # noqa: E402

BUILD = os.path.abspath(os.environ.get("GS_BUILD", os.path.join(ROOT, "build")))
GSC = os.path.join(BUILD, "bin", "gsc")
ARCH = {8: os.path.join(ROOT, "hw-model/configs/genesys_16x16.json"),
        4: os.path.join(ROOT, "hw-model/configs/design_01.json")}


def quantizers(path):
    """Tensor T of each T_q: (scale, zero point)."""
    graph = onnx.load(path).graph
    value = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    return {node.output[0][:-len("_q")]: (float(value[node.input[1]]),
                                          int(value[node.input[2]]))
            for node in graph.node
            if node.op_type == "QuantizeLinear" and
            node.output[0].endswith("_q")}


def input_arguments(model, folder):
    """Input files of ort_golden.sh; the classifier's are cut to size."""
    arguments = []
    for i, (name, path) in enumerate(model.input_files.items()):
        if model.is_fashion:
            path = os.path.join(folder, f"input{i}.npy")
            np.save(path, model.inputs()[name])
        arguments.append(f"{name}={path}" if name else path)
    return arguments


def device_tensors(model, arch, folder):
    """Names of the tensors a dump of the compiled model shows; those within
    a layer, which another machine may have in two, too."""
    path = os.path.join(folder, "model.gsm")
    why = model.compile(GSC, path, "-a", arch, "--disable-pass", "fuse-pool",
                        "--disable-pass", "fuse-chain")
    if why:
        sys.exit(f"{model.name}: {why}")
    with npu.Model(arch, path, BUILD) as device:
        names = {t.name.decode() for t in device.tensors}
        # A copy for one reader has the values of what it is a copy of.
        return names | {name.split("/for/")[0] for name in names}


def run_oracle(model, arch, folder):
    """The QDQ model's path, and tensor T to the int8 array of T_q."""
    qdq = os.path.join(folder, "qdq.onnx")
    out = os.path.join(folder, "out")
    why = model.compile(GSC, qdq, "-a", arch, "-e", "qdq-onnx")
    if why:
        sys.exit(f"{model.name}: {why}")
    subprocess.run([os.path.join(ROOT, "scripts/ort_golden.sh"), qdq,
                    *input_arguments(model, folder), out, "--op",
                    "QuantizeLinear"], check=True)
    with open(os.path.join(out, "index.json")) as index:
        entries = json.load(index)
    return qdq, {name[:-len("_q")]: np.load(os.path.join(out, entry["file"]))
                 for name, entry in entries.items() if name.endswith("_q")}


def write_packed(model, digest, tensors, arrays):
    """All of a model in one file."""
    index = json.dumps({"model": model.path, "qdq_sha256": digest,
                        "tensors": tensors})
    os.makedirs(os.path.dirname(model.golden4), exist_ok=True)
    np.savez_compressed(model.golden4, index=np.array(index),
                        **{entry["file"]: arrays[name]
                           for name, entry in tensors.items()})


def write_golden4(model, folder):
    qdq, arrays = run_oracle(model, ARCH[4], folder)
    kept = device_tensors(model, ARCH[4], folder)
    scales = quantizers(qdq)
    tensors = {name: {"file": f"t{number}", "scale": scales[name][0],
                      "zero_point": scales[name][1]}
               for number, name in enumerate(n for n in arrays if n in kept)}
    with open(qdq, "rb") as data:
        digest = hashlib.sha256(data.read()).hexdigest()
    write_packed(model, digest, tensors, arrays)
    return len(tensors), os.path.getsize(model.golden4)


def write_golden(model, folder):
    qdq, arrays = run_oracle(model, ARCH[8], folder)
    kept = device_tensors(model, ARCH[8], folder)
    scales = quantizers(qdq)
    tensors = {}
    shutil.rmtree(model.golden, ignore_errors=True)
    os.makedirs(model.golden)
    for number, name in enumerate(n for n in arrays if n in kept):
        file = f"{number}.npy"
        np.save(os.path.join(model.golden, file), arrays[name])
        tensors[name] = {"file": file, "scale": scales[name][0],
                         "zero_point": scales[name][1]}
    with open(qdq, "rb") as data:
        digest = hashlib.sha256(data.read()).hexdigest()
    lines = ",\n".join(f"    {json.dumps(name)}: {json.dumps(entry)}"
                       for name, entry in tensors.items())
    with open(os.path.join(model.golden, "index.json"), "w") as index:
        index.write(f'{{\n  "model": {json.dumps(model.path)},\n'
                    f'  "qdq_sha256": "{digest}",\n'
                    f'  "tensors": {{\n{lines}\n  }}\n}}\n')
    return len(tensors), sum(arrays[name].nbytes for name in tensors)


def main():
    if not os.access(GSC, os.X_OK):
        sys.exit(f"make_goldens: {GSC} is missing, run make")
    total = 0
    names = sys.argv[1:]
    four = names[:2] == ["--bits", "4"]
    for model in modelset.load(ROOT, names[2:] if four else names):
        with tempfile.TemporaryDirectory() as folder:
            write = write_golden4 if four else write_golden
            tensors, size = write(model, folder)
        total += size
        print(f"{model.name:<24} {tensors:3} tensors {size:8} bytes")
    print(f"{total} bytes")


if __name__ == "__main__":
    main()
