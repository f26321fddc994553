#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Run test vectors on the Python model: run_vectors.py [-q] DIR...

DIR is a vector or a folder of vectors. Without DIR, the vectors of this
repository and those of $GENESYS_VECTORS. Exit status 1 when one fails.
"""
import argparse
import os
import sys

from vectors import Failure, Vector

HERE = os.path.dirname(os.path.abspath(__file__))


def find(folders):
    """The vector folders in and below the named ones, one level deep."""
    for folder in folders:
        if os.path.exists(os.path.join(folder, "vector.json")):
            yield folder
            continue
        for name in sorted(os.listdir(folder)):
            if os.path.exists(os.path.join(folder, name, "vector.json")):
                yield os.path.join(folder, name)


def check(folder, quiet):
    try:
        vector = Vector(folder)
        vector.check()
    except Failure as failure:
        print(f"FAIL {os.path.basename(folder)}: {failure}", flush=True)
        return False
    if not quiet:
        print(f"PASS {vector.name}", flush=True)
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-q", "--quiet", action="store_true", help="print failures only")
    parser.add_argument("folders", nargs="*", metavar="DIR")
    args = parser.parse_args()
    folders = args.folders
    if not folders:
        folders = [os.path.join(HERE, "..", "vectors")]
        folders += filter(None, [os.environ.get("GENESYS_VECTORS")])
    results = [check(folder, args.quiet) for folder in find(folders)]
    print(f"{sum(results)} of {len(results)} vectors pass")
    return 0 if results and all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
