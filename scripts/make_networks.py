#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Networks of published shapes with seeded weights, as ONNX files.

	make_networks.py [--out DIR] [NAME...]

Writes DIR/NAME.onnx, NAME.calib.npy (samples that calibrate) and NAME.in.npy
(one that is run), by default into the cache, where they stay until this script
or what it uses changes, and prints DIR. Weights are made (networks/weights.py),
samples are parts of a photograph that scripts/fetch-models.sh fetches. One
machine and version of the packages give the same bytes.

Needs python3-torch, python3-torchvision, python3-onnx and libopenblas0-pthread
(scripts/setup.sh --train). Exit status: 0, 77 when these or the photograph
cannot be had, else 1.
"""

import argparse
import fcntl
import glob
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import warnings

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../tests/conformance"))

import real_inputs  # noqa: E402

OPSET = 13
SEED = 6
INPUT = "input"
KEPT_SECONDS = 7 * 24 * 3600


def packages():
    """torch and torchvision, or exit."""
    try:
        import onnx
        import torch
        import torchvision
    except ImportError as error:
        print(f"make_networks: {error}; scripts/setup.sh --train installs it",
              file=sys.stderr)
        sys.exit(77)
    torch.set_num_threads(1)
    return onnx, torch, torchvision


def build(network):
    """The torch module of a network of real_inputs.NETWORKS, without weights."""
    from networks import yolov3
    _, _, torchvision = packages()
    if network.name == "yolov3":
        return yolov3.YoloV3()
    return getattr(torchvision.models, network.name)()


def ends(network, module):
    """Names of the last layers of residual branches; of those of scores."""
    names = [name for name, _ in module.named_modules()]
    branches = [name for name in names
                if any(name.endswith(tail) for tail in network.branch_ends)]
    return branches, [name for name in names if name.endswith(
        tuple(network.score_ends))]


def export(network, module, data, path):
    onnx, torch, _ = packages()
    training = torch.onnx.TrainingMode.PRESERVE if network.keep_norms else \
        torch.onnx.TrainingMode.EVAL
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module, torch.from_numpy(data[:1]), path,
                          opset_version=OPSET, input_names=[INPUT],
                          training=training,
                          output_names=network.outputs)
    model = onnx.load(path)
    model.producer_version = ""
    model.doc_string = ""
    onnx.save(model, path)


def make(network, photographs, folder):
    """Write the files of one network, the model last."""
    from networks import weights
    test, calib = network.samples(photographs)
    module = build(network)
    weights.fill(module, calib, SEED, *ends(network, module))
    base = os.path.join(folder, network.name)
    with tempfile.TemporaryDirectory(dir=folder) as work:
        new = os.path.join(work, "new")
        for array, tail in ((calib, ".calib.npy"), (test[:1], ".in.npy")):
            with open(new, "wb") as file:
                np.save(file, array)
            os.replace(new, base + tail)
        export(network, module, test, new)
        os.replace(new, base + ".onnx")


def stamp():
    """Changes with everything that decides the bytes of the models."""
    _, torch, torchvision = packages()
    text = [torch.__version__, torchvision.__version__]
    for path in [__file__, real_inputs.__file__, real_inputs.pictures.__file__,
                 *sorted(glob.glob(os.path.join(HERE, "networks/*.py")))]:
        with open(path, encoding="utf-8") as file:
            text.append(file.read())
    return hashlib.sha256("\0".join(text).encode()).hexdigest()[:16]


def forget(folder):
    """Remove what other versions of this script made and none used for long."""
    for lock in glob.glob(os.path.join(folder, "*/lock")):
        if time.time() - os.path.getmtime(lock) > KEPT_SECONDS:
            shutil.rmtree(os.path.dirname(lock))


def photograph():
    """Folder of the photograph."""
    done = subprocess.run(
        [os.path.join(HERE, "fetch-models.sh"), "astronaut.png"],
        capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr.strip(), file=sys.stderr)
        sys.exit(done.returncode)
    return done.stdout.strip()


def main():
    known = {network.name: network for network in real_inputs.NETWORKS}
    packages()
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--out", metavar="DIR", help="instead of the cache")
    parser.add_argument("names", metavar="NAME", nargs="*",
                        help=", ".join(known))
    args = parser.parse_args()
    unknown = sorted(set(args.names) - set(known))
    if unknown:
        sys.exit(f"make_networks: no network '{unknown[0]}', there are "
                 f"{', '.join(known)}")
    photographs = photograph()
    cache = os.path.join(photographs, "networks")
    folder = args.out or os.path.join(cache, stamp())
    try:
        make_all([known[name] for name in args.names or known], photographs,
                 folder, bool(args.out))
        forget(cache)
    except OSError as error:
        sys.exit(f"make_networks: {error.filename or folder}: "
                 f"{error.strerror or error}")
    print(folder)


def make_all(networks, photographs, folder, again):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for network in networks:
            path = os.path.join(folder, network.name + ".onnx")
            if again or not os.path.exists(path):
                print(f"make_networks: making {network.name}", file=sys.stderr)
                make(network, photographs, folder)


if __name__ == "__main__":
    main()
