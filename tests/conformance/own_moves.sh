#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Operators of a domain of one's own that join, split, reshape and stretch, with the
# rules of those of ONNX: models have the same bytes, and nothing was built.
# Prints TAP.
. "$(dirname "$0")/../scripts/tap.sh"
ops=$src/tests/models/ops
own='Concat|Split|Reshape|Flatten|Identity|Squeeze|Unsqueeze|Resize'

# The codelets of these operators, for another domain only
folder() {
	mkdir -p "$work/mine" && cp "$src"/compiler/codelets/*.cdlt "$work/mine" &&
		sed -Ei "s/operator ($own);/operator \1 of \"com.example\";/" "$work/mine"/*.cdlt &&
		[ "$(grep -lE 'of "com.example"' "$work/mine"/*.cdlt | wc -l)" = 8 ]
}

# same MODEL NODES: so many nodes become those of the domain
same() {
	local model=$ops/$1.onnx samples=$ops/$1.calib.npy
	"$bin/gsc" "$model" -c "$samples" -o "$work/onnx.gsm" &&
		"$bin/gsc" "$model" --emit=fdfg --after import -o "$work/onnx.fdfg" &&
		sed -E "/^node .* = ($own)\(/s/\$/ domain \"com.example\"/" "$work/onnx.fdfg" \
			>"$work/own.fdfg" &&
		[ "$(grep -c 'domain "com.example"' "$work/own.fdfg")" = "$2" ] &&
		! "$bin/gsc" "$work/own.fdfg" -c "$samples" -o "$work/own.gsm" 2>/dev/null &&
		"$bin/gsc" "$work/own.fdfg" --codelets "$work/mine" -c "$samples" \
			-o "$work/own.gsm" && cmp "$work/onnx.gsm" "$work/own.gsm"
}

# What stands behind a part that nothing names stays where it is.
unnamed() {
	local part b
	for part in %4 -; do
		[ "$part" = %4 ] && b='tensor %4 "b" float32 unshaped' || b=
		cat >"$work/split.fdfg" <<END
fdfg 1 after import
graph "g" opset 13 next 3
tensor %0 "x" float32 1x8x2x2
tensor %1 "parts" int64 3 data {2, 3, 3}
tensor %2 "r" float32 1x8x2x2
tensor %3 "a" float32 unshaped
$b
tensor %5 "c" float32 unshaped
tensor %6 "y" float32 unshaped
inputs %0 outputs %6
node "relu" %2 = Relu(%0)
node "split" %3, $part, %5 = Split(%2, %1) {axis=1}
node "concat" %6 = Concat(%5, %3) {axis=1}
end
END
		"$python" -c 'import sys
import numpy as np
np.save(sys.argv[1], np.arange(-16, 16, dtype=np.float32).reshape(1, 8, 2, 2))' \
			"$work/split.npy" &&
			"$bin/gsc" "$work/split.fdfg" -c "$work/split.npy" -o "$work/split.gsm" &&
			GENESYS_DEVICE=sim "$bin/gs-run" "$work/split.gsm" -i "$work/split.npy" \
				-o "$work/$part.npy" || return
	done
	"$python" -c 'import sys
import numpy as np
x = np.maximum(np.arange(-16, 16).reshape(1, 8, 2, 2), 0)
want = np.concatenate([x[:, 5:], x[:, :2]], 1)
sys.exit(any(np.abs(np.load(f) - want).max() > 0.1 for f in sys.argv[1:]))' \
		"$work/%4.npy" "$work/-.npy"
}

holds "codelets for a domain" folder
holds "joins of joins" same concat_nested 3
holds "joins whose parts are written in place" same fire_modules 3
holds "a split, and joins of constants" same split_and_slice 1
holds "views of heads" same detector_heads 6
holds "elements between others" same resize_linear_odd 1
holds "elements between channels" same resize_linear_channels 1
holds "what is stretched, and joined" same upsample_and_concat 3
holds "a part that nothing names" unnamed
finish
