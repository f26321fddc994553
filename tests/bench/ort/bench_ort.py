#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Networks on a simulated machine beside onnxruntime on the same processor.

	bench_ort.py DIR [NAME...]

DIR/NAME.onnx, NAME.calib.npy and NAME.in.npy are what scripts/make_networks.py
makes; the default is resnet50. Each network is compiled for the machine of
hw-model/configs/genesys_32x32.json and written as quantized ONNX. Then three
programs take turns, each pinned to as many processors as it has threads:
gs_infer(), onnxruntime with the quantized network, and with the one of floats.
Prints the best and the median time of an inference and what they are of the
simulation's. One thread and ResNet-50 are judged.

Exit status: 77 when onnxruntime cannot be had, 1 when something fails or the
time is exceeded.
"""

import json
import os
import subprocess
import sys

SRC = os.environ.get("GS_SRC", ".")
BUILD = os.environ.get("GS_BUILD", "build")
ARCH = f"{SRC}/hw-model/configs/genesys_32x32.json"
HERE = os.path.dirname(os.path.abspath(__file__))

ROUNDS = 3
SECONDS = 2.0
LIMITS = {"resnet50": 120.0}  # ms, one thread


def run(command, **kwargs):
    return subprocess.run(command, check=True, text=True, **kwargs)


def gsc(folder, name, *options):
    run([f"{BUILD}/bin/gsc", f"{folder}/{name}.onnx", "-a", ARCH, "-c",
         f"{folder}/{name}.calib.npy", "--codelets", f"{SRC}/compiler/codelets",
         *options])


def programs(folder, name, out):
    """Commands, without threads and seconds, by what they are."""
    sample = f"{folder}/{name}.in.npy"
    runtime = ["node", f"{HERE}/runtime.mjs"]
    gsc(folder, name, "-o", f"{out}/{name}.gsm")
    gsc(folder, name, "-e", "qdq-onnx", "-o", f"{out}/{name}.qdq.onnx")
    return {
        "GeneSys 32x32, simulated": [f"{BUILD}/bin/bench-network",
                                     f"{out}/{name}.gsm", f"sim:{ARCH}", sample],
        "onnxruntime, int8": [*runtime, f"{out}/{name}.qdq.onnx", sample],
        "onnxruntime, float": [*runtime, f"{folder}/{name}.onnx", sample],
    }


def once(command, cpus):
    """One turn, on as many processors as threads."""
    answer = run([*command, str(len(cpus)), str(SECONDS)], stdout=subprocess.PIPE,
                 preexec_fn=lambda: os.sched_setaffinity(0, cpus)).stdout
    return json.loads(answer)


def measure(commands, cpus):
    """By program: the best time, the least median, the answer."""
    results = {}
    for _ in range(ROUNDS):
        for what, command in commands.items():
            turn = once(command, cpus)
            best = results.setdefault(what, turn)
            for key in ("best", "median"):
                best[key] = min(best[key], turn[key])
    return results


def report(name, threads, results):
    ours = next(iter(results.values()))["best"]
    print(f"{name}, {threads} thread{'s' * (threads > 1)}, 1 sample"
          f"{'':14}best ms  median ms  simulated = 1  answer")
    for what, r in results.items():
        print(f"  {what:38}{r['best']:9.2f}{r['median']:11.2f}"
              f"{r['best'] / ours:15.2f}{r['answer']:8}", flush=True)


def judge(name, results):
    limit = LIMITS.get(name)
    if limit is None:
        return True
    best = next(iter(results.values()))["best"]
    good = best < limit
    print(f"  {name} on one core: {best:.2f} ms, below {limit:g}  "
          f"{'PASS' if good else 'above'}")
    return good


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        fields = dict(line.split(":", 1) for line in info if ":" in line)
    fields = {key.strip(): value.strip() for key, value in fields.items()}
    vnni = "with" if "avx512_vnni" in fields.get("flags", "") else "without"
    print(f"{fields.get('model name', 'unknown')}, family "
          f"{fields.get('cpu family', '?')}, {vnni} AVX-512 VNNI")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__.strip())
    folder, names = sys.argv[1], sys.argv[2:] or ["resnet50"]
    if subprocess.run([f"{SRC}/scripts/ort_golden.sh"], check=False).returncode:
        print("bench_ort: skipped, there is no onnxruntime")
        sys.exit(77)
    out = f"{BUILD}/bench-ort"
    os.makedirs(out, exist_ok=True)
    cpus = sorted(os.sched_getaffinity(0))
    machine()
    good = True
    for name in names:
        commands = programs(folder, name, out)
        for threads in (1, 2):
            if threads > len(cpus):
                continue
            results = measure(commands, cpus[:threads])
            report(name, threads, results)
            if threads == 1:
                good &= judge(name, results)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as failure:
        print(f"bench_ort: {failure.cmd[0]} failed", file=sys.stderr)
        sys.exit(1)
