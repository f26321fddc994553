#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Trained models and made networks on real pictures against onnxruntime: a
table.

Every layer is given the golden inputs of the quantized model and may differ by
1, chains of nodes taken apart, whose bytes must then be the same; free-running, the signal to noise against the float model may be 0.5 dB below
that of the quantized model in onnxruntime; and what the model is for must agree
with the float model (real_metrics.py).

Which of two roundings is nearer to the float model in the end is chance, and
errors of crops of one picture are alike. So signal to noise is that of all
samples, those of calibration too, and the mean of a model's outputs, each in
dB; one output alone may be 1 dB below. Where outputs or samples are few the
model says what it may be (real_inputs.py). Models are compiled with
their descriptions (runtime/descriptions); scores that these take a sigmoid of
are compared behind it.

Of networks, the scheduler's estimate of every layer's cycles is within 5 % of
the timing model, and gsc's peak memory below three times the ONNX file.

	real_models.py [MODEL...]	these only

Exit status: 0, 77 when a model that is named, any trained one or onnxruntime
cannot be had, else 1. Networks are left out where torch is missing, unless
they are named.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time

from setting import BIN, ROOT  # first: it skips

import numpy as np

sys.path.insert(0, os.path.join(ROOT, "scripts"))

import make_goldens  # noqa: E402
import models  # noqa: E402
import npu  # noqa: E402
import real_inputs  # noqa: E402
import real_metrics  # noqa: E402

MACHINES = ("genesys_16x16", "genesys_32x32", "benchmark_64x64")
COLUMNS = ("model", "machine", "layers", "beyond 1", "values differing",
           "SNR dB", "QDQ dB", "cycles", "estimate", "energy mJ", "code bytes",
           "activation bytes", "memory", "sim ms", "task")
# Of gsc, as often as the ONNX file of a network.
MAX_MEMORY = 3


class Failure(Exception):
    """A sentence: what cannot be done."""


def call(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode == 77:
        print("real_models: skipped:", done.stderr.strip())
        sys.exit(77)
    if done.returncode:
        raise Failure(done.stderr.strip() or f"{command[0]} failed")
    return done.stdout.strip()


# A process starts with the peak of the one it was forked from: a small one.
MEASURE = """
import resource, subprocess, sys
status = subprocess.call(sys.argv[2:])
with open(sys.argv[1], "w") as file:
    file.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(status)
"""


def call_measured(command):
    """What it prints; its peak memory in bytes."""
    with tempfile.NamedTemporaryFile("r") as peak:
        text = call([sys.executable, "-I", "-S", "-c", MEASURE, peak.name,
                     *command])
        return text, 1024 * int(peak.read())


def run_oracle(path, tensor, sample, out, *options):
    """Arrays of onnxruntime by name."""
    call([os.path.join(ROOT, "scripts/ort_golden.sh"), path,
          f"{tensor}={sample}", out, *options])
    with open(os.path.join(out, "index.json")) as index:
        return {name: np.load(os.path.join(out, entry["file"]))
                for name, entry in json.load(index).items()}


class Golden(models.Golden):
    """The int8 tensors of the quantized model, not kept."""

    def __init__(self, qdq, results):
        self.arrays = {name[:-len("_q")]: array
                       for name, array in results.items()
                       if name.endswith("_q")}
        self.entries = {name: {"scale": scale, "zero_point": zero}
                        for name, (scale, zero) in
                        make_goldens.quantizers(qdq).items()}


def scores_of(path):
    """Outputs that the description takes a sigmoid of."""
    if not os.path.exists(path):
        return []
    with open(path) as text:
        meta = dict(map(str.strip, line.split("=", 1)) for line in text
                    if "=" in line and not line.startswith("#"))
    if meta.get("head.activation") != "sigmoid":
        return []
    return [name.strip() for name in meta["head.scores"].split(",")]


class Subject:
    """A model with its samples and what onnxruntime makes of the test's."""

    def __init__(self, model, cache, made, folder):
        self.model, self.folder = model, folder
        self.path = os.path.join(made if model.made else cache,
                                 model.name + ".onnx")
        self.meta = os.path.join(ROOT, "runtime/descriptions",
                                 model.name + ".meta")
        self.scores = scores_of(self.meta)
        self.tests, calib = model.samples(cache)
        samples = np.concatenate([self.tests, calib])
        if model.shape and samples.shape[1:] != model.shape[1:]:
            raise Failure(f"samples have shape {samples.shape[1:]}, the model "
                          f"expects {model.shape[1:]}")
        self.samples = samples
        everything, test, self.calib = (
            os.path.join(folder, name)
            for name in ("all.npy", "test.npy", "calib.npy"))
        np.save(everything, samples)
        np.save(test, self.tests)
        np.save(self.calib, calib)
        self.want = run_oracle(self.path, model.tensor, everything,
                               os.path.join(folder, "float"))
        qdq = os.path.join(folder, "qdq.onnx")
        self.compile(qdq, MACHINES[0], "-e", "qdq-onnx")
        self.golden = Golden(qdq, run_oracle(
            qdq, model.tensor, test, os.path.join(folder, "layers"), "--op",
            "QuantizeLinear"))
        self.qdq = run_oracle(qdq, model.tensor, everything,
                              os.path.join(folder, "qdq"))

    def compile(self, output, machine, *options):
        command = [models.GSC, self.path, "-o", output, "-a", arch(machine),
                   "-c", f"{self.model.tensor}={self.calib}", *options]
        if os.path.exists(self.meta):
            command += ["-m", self.meta]
        if self.model.shape:
            shape = "x".join(map(str, self.model.shape))
            command += ["-s", f"{self.model.tensor}={shape}"]
        text, self.memory = call_measured(command)
        return text


def arch(machine):
    return os.path.join(ROOT, "hw-model/configs", machine + ".json")


def levels(subject, got):
    """Signal to noise of each output in dB."""
    found = {}
    for name, want in subject.want.items():
        ours = got[name]
        if name in subject.scores:
            want, ours = map(real_metrics.sigmoid, (want, ours))
        found[name] = models.decibel(want, ours - want)
    return found


def judge_layers(subject, device):
    """Differences beyond the bound by tensor; values that differ, all."""
    bad, off, values = {}, 0, 0
    for i, sample in enumerate(subject.tests):
        inputs = {subject.model.tensor: sample[np.newaxis]}
        found = models.run_isolated(device, subject.golden, inputs, i)
        off += sum(d.off for d in found.values())
        values += sum(d.values for d in found.values())
        bad.update((name, f"sample {i}: {d}") for name, d in found.items()
                   if d.worst > models.MAX_DIFFERENCE)
    return list(bad.values()), off, values


def judge_apart(subject, machine, device):
    """The same with chains taken apart, and where those differ from their nodes."""
    if not models.has_chains(device):
        return judge_layers(subject, device)
    path = os.path.join(subject.folder, "apart.gsm")
    subject.compile(path, machine, "--disable-pass", "fuse-chain")
    with npu.Model(arch(machine), path) as apart:
        bad, off, values = judge_layers(subject, apart)
        inputs = {subject.model.tensor: subject.tests[0][np.newaxis]}
        return bad + models.judge_chains(device, apart, inputs), off, values


def run_free(subject, device):
    """Float outputs of all samples, stacked; seconds for one."""
    start = time.monotonic()
    results = [device.infer({subject.model.tensor: sample[np.newaxis]})
               for sample in subject.samples]
    seconds = (time.monotonic() - start) / len(results)
    return {name: np.concatenate([r[name] for r in results])
            for name in results[0]}, seconds


def judge_outputs(subject, machine, got):
    """What is wrong; mean signal to noise of device and quantized model."""
    ours, golden = levels(subject, got), levels(subject, subject.qdq)
    mean_loss, loss = subject.model.losses_on(machine)
    wrong = [f"{name} is {golden[name] - ours[name]:.2f} dB below the "
             f"quantized model" for name in ours
             if ours[name] < golden[name] - loss]
    means = [float(np.mean(list(found.values()))) for found in (ours, golden)]
    if means[0] < means[1] - mean_loss:
        wrong.append(f"outputs are {means[1] - means[0]:.2f} dB below the "
                     f"quantized model")
    return wrong, *means


def judge_task(subject, got):
    """What is wrong; a phrase about the first test."""
    if not subject.model.metric:
        return [], "-"
    compare = real_metrics.COMPARE[subject.model.metric]
    wrong, texts = [], []
    for i, sample in enumerate(subject.tests):
        want, ours, golden = ({name: array[i:i + 1] for name, array in out.items()}
                              for out in (subject.want, got, subject.qdq))
        good, text = compare(want, ours, (1, *sample.shape))
        texts.append(text)
        if not good:
            wrong.append(f"sample {i}: {text}; quantized model: " +
                         compare(want, golden, (1, *sample.shape))[1])
    return wrong, texts[0]


def figures(report):
    """Bytes of code and of activations, of the last line of gsc -v."""
    found = re.search(r"code (\d+) words.*activations (\d+) bytes", report)
    if not found:
        raise Failure(f"gsc printed {report.splitlines()[-1:]}")
    return 4 * int(found[1]), int(found[2])


def timed(path):
    """Cycles, energy in mJ."""
    report = json.loads(call([os.path.join(BIN, "gs-sim"), "--timing-only",
                              "--json", "-", path]))
    total = report["total"]
    return total["cycles"], total["energy_pj"]["total"] / 1e9


def judge_estimate(subject, machine):
    """What is wrong; of all layers' estimated cycles over those of the timing
    model the ratio farthest from 1. Of networks, which need no description."""
    if not subject.model.made:
        return [], "-"
    done = subprocess.run(
        [os.path.join(BIN, "timing-estimate"), machine, subject.path],
        capture_output=True, text=True, check=False)
    found = re.search(r"^# .* at most ([\d.]+) \((.*)\)$", done.stdout, re.M)
    if not found:
        raise Failure(done.stderr.strip() or "timing-estimate failed")
    wrong = [f"estimate of cycles is {found[1]} of them: {found[2].strip()}"]
    return wrong if done.returncode else [], found[1]


def judge_memory(subject):
    """What is wrong; gsc's peak memory over the model's bytes. Of networks:
    others are smaller than gsc itself."""
    if not subject.model.made:
        return [], "-"
    times = subject.memory / os.path.getsize(subject.path)
    wrong = [f"gsc took {times:.2f} times the model's bytes"]
    return wrong if times > MAX_MEMORY else [], f"{times:.2f}"


def judge(subject, machine):
    """A row of the table, and what is wrong."""
    path = os.path.join(subject.folder, "model.gsm")
    code, activations = figures(subject.compile(path, machine, "-v"))
    memory_wrong, memory = judge_memory(subject)
    estimate_wrong, estimate = judge_estimate(subject, machine)
    with npu.Model(arch(machine), path) as device:
        wrong = subject.golden.changes(device)
        if wrong:
            raise Failure("quantized otherwise: " + "; ".join(wrong[:3]))
        bad, off, values = judge_apart(subject, machine, device)
        got, seconds = run_free(subject, device)
        layers = len(device.layers)
    wrong, ours, golden = judge_outputs(subject, machine, got)
    task_wrong, task = judge_task(subject, got)
    cycles, energy = timed(path)
    row = (subject.model.name, machine.split("_")[1], layers, len(bad),
           f"{off} of {values}", f"{ours:.2f}", f"{golden:.2f}",
           cycles, estimate, f"{energy:.1f}", code, activations, memory,
           f"{1000 * seconds:.0f}", task)
    return row, bad + wrong + task_wrong + memory_wrong + estimate_wrong


def say(row):
    print("| " + " | ".join(map(str, row)) + " |", flush=True)


def run(model, cache, made):
    """Number of failures."""
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            subject = Subject(model, cache, made, folder)
            for machine in MACHINES:
                row, wrong = judge(subject, machine)
                say(row)
                failures += [f"{machine}: {text}" for text in wrong]
        except (Failure, OSError, npu.Error, ValueError, KeyError) as error:
            failures.append(f"{type(error).__name__}: {error}")
    for text in failures:
        print(f"FAILED {model.name} {text}", file=sys.stderr)
    return len(failures)


def choose(names):
    """Models by name, all without names."""
    known = {m.name: m for m in real_inputs.MODELS + real_inputs.NETWORKS}
    unknown = set(names) - set(known)
    if unknown:
        sys.exit(f"no such model: {', '.join(sorted(unknown))}")
    return [m for m in known.values() if not names or m.name in names]


def fetch(chosen):
    """The folder of trained models and pictures."""
    files = {m.name + ".onnx" for m in chosen if not m.made} | {
        m.source.file for m in chosen if isinstance(m.source,
                                                    real_inputs.Pictures)}
    return call([os.path.join(ROOT, "scripts/fetch-models.sh"),
                 *sorted(files)])


def make(chosen, optional):
    """The folder of networks; None where they cannot be made."""
    names = [m.name for m in chosen if m.made]
    if not names:
        return None
    done = subprocess.run(
        [sys.executable, os.path.join(ROOT, "scripts/make_networks.py"),
         *names], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode == 77 and optional:
        print("real_models: the networks are left out", file=sys.stderr)
        return None
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout.strip()


def main():
    chosen = choose(sys.argv[1:])
    try:
        cache = fetch(chosen)
        call([os.path.join(ROOT, "scripts/ort_golden.sh")])
    except Failure as failure:
        sys.exit(f"real_models: {failure}")
    made = make(chosen, len(sys.argv) == 1)
    chosen = [m for m in chosen if made or not m.made]
    say(COLUMNS)
    say(["---"] * len(COLUMNS))
    failures = sum(run(model, cache, made) for model in chosen)
    print(f"real_models: {failures} failures" if failures else
          f"real_models: all of {len(chosen)} models pass")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
