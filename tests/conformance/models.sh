#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Compiled models against onnxruntime, layer by layer: see models.py. The
# arguments name models; all without.
set -eu
export GS_BUILD="${GS_BUILD:-build}" GS_SRC="${GS_SRC:-$(cd "$(dirname "$0")/../.." && pwd)}"

if ! "${PYTHON:-/usr/bin/python3}" -c 'import numpy' 2>/dev/null; then
	echo "1..0 # SKIP python3-numpy is not installed"
	exit 77
fi
# The library may have AddressSanitizer, which Python has to start with; what
# Python leaks does not matter. Programs it starts have it themselves.
asan=$(ldd "$GS_BUILD/lib/libgenesys.so" | sed -n 's/.*libasan[^ ]* => \([^ ]*\).*/\1/p')
if [ "$asan" ]; then
	export GS_ASAN_OPTIONS="${ASAN_OPTIONS:-}"
	export LD_PRELOAD="$asan" ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0"
fi
exec "${PYTHON:-/usr/bin/python3}" "$GS_SRC/tests/conformance/models.py" "$@"
