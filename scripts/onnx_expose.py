#!/usr/bin/python3
# SPDX-License-Identifier: MIT
#
# Copy an ONNX model and make the outputs of its nodes graph outputs, for the
# oracle scripts/ort_golden.mjs to record. Needs python3-onnx only.
#
#   scripts/onnx_expose.py IN.onnx OUT.onnx [--op QuantizeLinear ...]

import argparse
import sys

import onnx
from google.protobuf.message import DecodeError


def inferred_types(model):
    """Map tensor names to the value infos that shape inference finds."""
    inferred = onnx.shape_inference.infer_shapes(model)
    return {value.name: value for value in inferred.graph.value_info}


def expose(model, ops):
    """Append the outputs of the nodes to the graph outputs, in node order."""
    types = inferred_types(model)
    present = {value.name for value in model.graph.output}
    for node in model.graph.node:
        if ops and node.op_type not in ops:
            continue
        for name in node.output:
            if not name or name in present:
                continue
            # Where inference fails a name without type will do: onnxruntime
            # infers the type itself.
            value = types.get(name, onnx.ValueInfoProto(name=name))
            model.graph.output.append(value)
            present.add(name)


def main():
    parser = argparse.ArgumentParser(description="make node outputs graph outputs")
    parser.add_argument("source")
    parser.add_argument("target")
    parser.add_argument("--op", action="append", default=[],
                        help="only outputs of this operator (repeatable)")
    args = parser.parse_args()
    try:
        model = onnx.load(args.source)
    except (OSError, DecodeError) as error:
        sys.exit(f"onnx_expose: {args.source}: {error}")
    expose(model, set(args.op))
    onnx.save(model, args.target)


if __name__ == "__main__":
    main()
