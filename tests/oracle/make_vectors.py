#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Write tests/vectors: programs with operands, and what the Python model makes of them.

    make_vectors.py [--out DIR] [NAME...]      the vectors of the repository, or some of them
    make_vectors.py --out DIR --random N --seed S      N more random programs

The output depends on nothing but this folder and include/genesys/isa.h.
"""
import argparse
import os
import shutil

import cases_array
import cases_chain
import cases_fault_run
import cases_fault_static
import cases_functions
import cases_fused
import cases_random
import cases_simd

HERE = os.path.dirname(os.path.abspath(__file__))
VECTORS = os.path.join(HERE, "..", "vectors")
FAMILIES = (cases_functions, cases_simd, cases_array, cases_fused, cases_chain,
            cases_fault_static, cases_fault_run, cases_random)


def all_cases(args):
    if args.random:
        yield from cases_random.cases(args.random, args.seed)
        return
    for family in FAMILIES:
        yield from family.cases()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default=VECTORS, help="folder to write to")
    parser.add_argument("--random", type=int, metavar="N", help="random programs only")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("names", nargs="*", metavar="NAME")
    args = parser.parse_args()
    seen = set()
    for case in all_cases(args):
        assert case.name not in seen, case.name
        seen.add(case.name)
        if not args.names or case.name in args.names:
            shutil.rmtree(os.path.join(args.out, case.name), ignore_errors=True)
            case.write(args.out)
    if not args.names and not args.random:
        remove_stale(args.out, seen)
    print(f"{len(seen)} vectors")


def remove_stale(folder, names):
    """Remove the vectors that no case makes any more."""
    for name in os.listdir(folder):
        if name not in names and os.path.exists(os.path.join(folder, name, "vector.json")):
            shutil.rmtree(os.path.join(folder, name))


if __name__ == "__main__":
    main()
