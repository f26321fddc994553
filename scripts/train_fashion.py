#!/usr/bin/python3
# SPDX-License-Identifier: MIT
#
# Train the reference classifier of the test suite, a LeNet-class network on
# Fashion-MNIST, and write the model and the test data made from it.
#
#   apt-get install python3-torch libopenblas0-pthread python3-onnx \
#                   dataset-fashion-mnist libjpeg-turbo-progs
#   /usr/bin/python3 scripts/train_fashion.py
#
# About a minute and a half on one core. One seed and one thread: two runs on
# the same machine and package versions write the same bytes (compare "sha256"
# in tests/models/fashion_lenet.json). The model that is written is that of the
# last epoch; the test set takes no part in choosing it.
#
# The ONNX file keeps its BatchNormalization nodes: folding them into the
# convolutions is the compiler's work and this model is its test.

import argparse
import gzip
import hashlib
import json
import os
import platform
import struct
import subprocess
import time
import zlib

# With reference settings two OpenMP threads spin against each other on a small
# machine, and a fixed thread count fixes the order of the float sums.
os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402
import onnx  # noqa: E402
import torch  # noqa: E402
from torch import nn  # noqa: E402

LABELS = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
          "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]
TEST_COUNT = 1000
CALIB_COUNT = 256
PNG_COUNT = 8
JPEG_LABEL = 5
BATCH = 64
PEAK_LR = 3e-3
OPSET = 13


class FashionLenet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(16)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(32)
        self.pool = nn.MaxPool2d(2)
        self.relu = nn.ReLU()
        self.flatten = nn.Flatten()
        self.fc1 = nn.Linear(32 * 7 * 7, 64)
        self.fc2 = nn.Linear(64, 10)
        self.softmax = nn.Softmax(dim=1)

    def logits(self, x):
        x = self.pool(self.relu(self.bn1(self.conv1(x))))
        x = self.pool(self.relu(self.bn2(self.conv2(x))))
        return self.fc2(self.relu(self.fc1(self.flatten(x))))

    def forward(self, x):
        return self.softmax(self.logits(x))


def read_idx(path):
    """Return the unsigned byte array of a gzipped IDX file."""
    with gzip.open(path, "rb") as f:
        data = f.read()
    zero, dtype, rank = struct.unpack_from(">HBB", data)
    if zero != 0 or dtype != 8:
        raise ValueError(f"{path}: not an IDX file of unsigned bytes")
    shape = struct.unpack_from(f">{rank}I", data, 4)
    values = np.frombuffer(data, np.uint8, offset=4 + 4 * rank)
    return values.reshape(shape)


def load_dataset(folder):
    """Return (train images, train labels, test images, test labels)."""
    return [read_idx(os.path.join(folder, name + "-ubyte.gz"))
            for name in ("train-images-idx3", "train-labels-idx1",
                         "t10k-images-idx3", "t10k-labels-idx1")]


def to_input(images):
    """[N, 28, 28] bytes to the network's [N, 1, 28, 28] floats in [0, 1]."""
    return torch.from_numpy(images[:, None].astype(np.float32) / 255.0)


def augment(batch, rng):
    """Mirror half of the images, shift all by at most one pixel, in place."""
    mirrored = torch.rand(len(batch), generator=rng) < 0.5
    batch[mirrored] = batch[mirrored].flip(-1)
    dy, dx = torch.randint(-1, 2, (2,), generator=rng).tolist()
    padded = nn.functional.pad(batch, (1, 1, 1, 1))
    return padded[:, :, 1 + dy:29 + dy, 1 + dx:29 + dx]


def train(model, images, labels, epochs, seed):
    rng = torch.Generator().manual_seed(seed)
    x, y = to_input(images), torch.from_numpy(labels.astype(np.int64))
    steps = -(-len(x) // BATCH)
    optimizer = torch.optim.Adam(model.parameters(), lr=PEAK_LR)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=PEAK_LR, total_steps=steps * epochs)
    loss_fn = nn.CrossEntropyLoss()
    for epoch in range(epochs):
        start, total = time.monotonic(), 0.0
        model.train()
        for index in torch.randperm(len(x), generator=rng).split(BATCH):
            optimizer.zero_grad()
            loss = loss_fn(model.logits(augment(x[index], rng)), y[index])
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(index)
        print(f"epoch {epoch + 1}/{epochs} loss {total / len(x):.4f} "
              f"{time.monotonic() - start:.0f} s", flush=True)
    model.eval()


def predict(model, images):
    with torch.no_grad():
        scores = [model(to_input(part))
                  for part in np.array_split(images, max(1, len(images) // 500))]
    return torch.cat(scores).argmax(1).numpy().astype(np.uint8)


def export(model, path):
    torch.onnx.export(model, torch.zeros(1, 1, 28, 28), path,
                      input_names=["image"], output_names=["scores"],
                      opset_version=OPSET, do_constant_folding=False,
                      training=torch.onnx.TrainingMode.PRESERVE)
    proto = onnx.load(path)
    proto.graph.name = "fashion_lenet"
    onnx.helper.set_model_props(proto, {
        "labels": ",".join(LABELS),
        "input.mean": "0",
        "input.scale": repr(1 / 255),
        "input.color": "gray",
    })
    onnx.checker.check_model(proto, full_check=True)
    ops = [node.op_type for node in proto.graph.node]
    if ops.count("BatchNormalization") != 2:
        raise RuntimeError(f"exporter folded a BatchNormalization: {ops}")
    onnx.save(proto, path)


def write_png(path, image):
    """Write one 8-bit gray image [height, width] as PNG."""
    def chunk(kind, body):
        crc = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc)

    height, width = image.shape
    rows = b"".join(b"\0" + row.tobytes() for row in image)
    with open(path, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n")
        f.write(chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)))
        f.write(chunk(b"IDAT", zlib.compress(rows, 9)))
        f.write(chunk(b"IEND", b""))


def write_jpeg(path, image):
    """Write one 8-bit gray image [height, width] as JPEG."""
    height, width = image.shape
    pgm = b"P5\n%d %d\n255\n" % (width, height) + image.tobytes()
    with open(path, "wb") as f:
        subprocess.run(["cjpeg", "-grayscale", "-quality", "95"], input=pgm,
                       stdout=f, check=True)


def write_images(folder, images, labels, predicted):
    """Write the first image of each class that the model recognises."""
    os.makedirs(folder, exist_ok=True)
    for label in range(PNG_COUNT):
        index = np.flatnonzero((labels == label) & (predicted == label))[0]
        write_png(os.path.join(folder, f"fashion_{label}.png"), images[index])
        if label == JPEG_LABEL:
            write_jpeg(os.path.join(folder, f"fashion_{label}.jpg"), images[index])


def write_test_data(out, train_images, test_images, test_labels, predicted, seed):
    def save(name, array):
        np.save(os.path.join(out, name + ".npy"), array)

    save("fashion_test_1000_images", test_images[:TEST_COUNT])
    save("fashion_test_1000_labels", test_labels[:TEST_COUNT])
    save("fashion_test_1000_float", predicted[:TEST_COUNT])
    pick = np.random.RandomState(seed).permutation(len(train_images))[:CALIB_COUNT]
    save("fashion_calib_256", train_images[np.sort(pick)][:, None])
    write_images(os.path.join(out, "images"), test_images, test_labels, predicted)


def write_report(out, args, correct, total, parameters):
    with open(os.path.join(out, "fashion_lenet.onnx"), "rb") as f:
        digest = hashlib.sha256(f.read()).hexdigest()
    report = {
        "seed": args.seed,
        "epochs": args.epochs,
        "parameters": parameters,
        "float_accuracy": correct / total,
        "test_images": total,
        "sha256": digest,
        "versions": {
            "python": platform.python_version(),
            "torch": str(torch.__version__),
            "onnx": onnx.__version__,
            "numpy": np.__version__,
        },
    }
    with open(os.path.join(out, "fashion_lenet.json"), "w") as f:
        json.dump(report, f, indent=2)
        f.write("\n")


def parse_args():
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser = argparse.ArgumentParser(description="train the Fashion-MNIST test model")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--dataset", default="/usr/share/datasets/fashion-mnist")
    parser.add_argument("--out", default=os.path.join(root, "tests", "models"))
    return parser.parse_args()


def main():
    args = parse_args()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(args.seed)
    os.makedirs(args.out, exist_ok=True)

    train_images, train_labels, test_images, test_labels = load_dataset(args.dataset)
    model = FashionLenet()
    train(model, train_images, train_labels, args.epochs, args.seed)

    predicted = predict(model, test_images)
    correct = int((predicted == test_labels).sum())
    print(f"float accuracy {correct}/{len(test_labels)}", flush=True)
    export(model, os.path.join(args.out, "fashion_lenet.onnx"))
    write_test_data(args.out, train_images, test_images, test_labels, predicted,
                    args.seed)
    write_report(args.out, args, correct, len(test_labels),
                 sum(p.numel() for p in model.parameters()))


if __name__ == "__main__":
    main()
