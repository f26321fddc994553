#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Run scripts/ort_golden.mjs (see its header for the arguments) after making
# sure that the pinned onnxruntime-node of scripts/ort/package-lock.json is
# installed in the cache folder, $GENESYS_ORT_DIR or ~/.cache/genesys/ort.
# Without arguments it installs only.
#
# Exit status 77, "skipped", if node or npm is missing or the package cannot be
# fetched.

set -eu

scripts=$(cd "$(dirname "$0")" && pwd)
GENESYS_ORT_DIR=${GENESYS_ORT_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/genesys/ort}
export GENESYS_ORT_DIR

for tool in node npm; do
	if ! command -v "$tool" >/dev/null; then
		echo "ort_golden: $tool is not installed" >&2
		exit 77
	fi
done

installed() {
	cmp -s "$scripts/ort/package-lock.json" "$GENESYS_ORT_DIR/installed-lock.json"
}

# The postinstall script of onnxruntime-node fetches a CUDA provider from
# another host; the CPU library is in the package.
install_pinned() {
	cp "$scripts/ort/package.json" "$scripts/ort/package-lock.json" "$GENESYS_ORT_DIR" &&
		(cd "$GENESYS_ORT_DIR" &&
			ONNXRUNTIME_NODE_INSTALL=skip npm ci --ignore-scripts \
				--no-audit --no-fund --silent) &&
		cp "$scripts/ort/package-lock.json" "$GENESYS_ORT_DIR/installed-lock.json"
}

if ! installed; then
	mkdir -p "$GENESYS_ORT_DIR"
	exec 9>"$GENESYS_ORT_DIR/.lock"
	flock 9
	if ! installed && ! install_pinned; then
		echo "ort_golden: cannot install onnxruntime-node in $GENESYS_ORT_DIR" >&2
		exit 77
	fi
	exec 9>&-
fi

[ $# -gt 0 ] || exit 0
exec node "$scripts/ort_golden.mjs" "$@"
