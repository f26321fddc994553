#!/bin/bash
# SPDX-License-Identifier: MIT
#
# All 10,000 Fashion-MNIST test images on the simulated device: the accuracy of
# the compiled classifier is within half a point of the float model's. The
# images come from Debian's dataset-fashion-mnist.
set -eu
build=$(cd "${GS_BUILD:-build}" && pwd)
src=${GS_SRC:-$(cd "$(dirname "$0")/../.." && pwd)}
data=${GS_FASHION_MNIST:-/usr/share/datasets/fashion-mnist}
python=${PYTHON:-/usr/bin/python3}
points=0.5

skip() {
	echo "1..0 # SKIP $1"
	exit 77
}

[ -r "$data/t10k-images-idx3-ubyte.gz" ] ||
	skip "dataset-fashion-mnist is not installed: no $data/t10k-images-idx3-ubyte.gz"
"$python" -c 'import numpy' 2>/dev/null || skip "python3-numpy is not installed"

work=$(mktemp -d "$build/accuracy.XXXXXX")
trap 'rm -rf "$work"' EXIT

# idx files: magic, dimensions, bytes
"$python" - "$data" "$work" <<'END'
import gzip
import struct
import sys

import numpy as np

for kind, rank in (("images", 3), ("labels", 1)):
    name = f"{sys.argv[1]}/t10k-{kind}-idx{rank}-ubyte.gz"
    with gzip.open(name) as idx:
        data = idx.read()
    magic, *shape = struct.unpack(f">{1 + rank}I", data[:4 + 4 * rank])
    assert magic == 0x800 + rank, f"{name}: not an idx file"
    array = np.frombuffer(data, np.uint8, offset=4 + 4 * rank)
    np.save(f"{sys.argv[2]}/{kind}.npy", array.reshape(shape))
END

"$build/bin/gsc" "$src/tests/models/fashion_lenet.onnx" -o "$work/model.gsm" \
	-c "$src/tests/models/fashion_calib_256.npy"
"$build/bin/classify" -p 0 "$work/model.gsm" "$work/images.npy" \
	"$work/labels.npy" </dev/null | tee "$work/result"

"$python" - "$src/tests/models/fashion_lenet.json" "$work/result" "$points" <<'END'
import json
import re
import sys

with open(sys.argv[1]) as known, open(sys.argv[2]) as result:
    model = json.load(known)
    line = re.search(r"(\d+) images: accuracy ([\d.]+) %", result.read())
images, accuracy = int(line[1]), float(line[2])
expected = 100 * model["float_accuracy"]
whole = images == model["test_images"]
near = abs(accuracy - expected) <= float(sys.argv[3])
print("ok" if whole else "not ok", f"1 - all {model['test_images']} images")
print("ok" if near else "not ok",
      f"2 - accuracy {accuracy:.2f} % within {sys.argv[3]} points of the "
      f"float model's {expected:.2f} %")
print("1..2")
sys.exit(not (whole and near))
END
