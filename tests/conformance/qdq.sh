#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Quantized models as inputs of the compiler: see qdq.py. The
# arguments name models; all without.
set -eu
export GS_BUILD="${GS_BUILD:-build}" GS_SRC="${GS_SRC:-$(cd "$(dirname "$0")/../.." && pwd)}"

if ! "${PYTHON:-/usr/bin/python3}" -c 'import numpy' 2>/dev/null; then
	echo "1..0 # SKIP python3-numpy is not installed"
	exit 77
fi
exec "${PYTHON:-/usr/bin/python3}" "$GS_SRC/tests/conformance/qdq.py" "$@"
