#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Files on the command line of gsc that are one and the same: nothing is lost,
# a sentence says which two they are. Prints TAP.
. "$(dirname "$0")/../scripts/tap.sh"
. "$(dirname "$0")/../scripts/refused.sh"
ops=$src/tests/models/ops

# keeps NAME 'WORDS' ARG...: refused, and the files of the folder are as before
keeps() {
	local before after
	before=$(sha256sum "$work"/in/* | sha256sum)
	asks 1 "$2" "$gsc" "${@:3}"
	after=$(sha256sum "$work"/in/* | sha256sum)
	[ "$(complaints)" -eq 1 ] || why+=("$(complaints) sentences instead of 1")
	[ "$before" = "$after" ] || why+=("files changed")
	[ ! -s "$out" ] || why+=("wrote to standard output")
	verdict "$1" "${why[@]}"
}

prepare() {
	mkdir -p "$work/in" "$work/there"
	cp "$ops/relu.onnx" "$work/in/relu.onnx"
	cp "$ops/relu.calib.npy" "$work/in/calib.npy"
	cp "$src/hw-model/configs/genesys_16x16.json" "$work/in/arch.json"
	echo '{ "version": 1 }' >"$work/in/plan.json"
	echo 'model.task = none' >"$work/in/meta"
	echo before >"$work/in/old.html"
	ln -s "$work/in/relu.onnx" "$work/in/link"
	ln "$work/in/old.html" "$work/in/hard"
	ln -s ../in "$work/there/dir"
}

test_outputs() {
	local m=$work/in/relu.onnx i=$work/in n
	n=$i/new.html
	keeps "a report as the model file" "--output and --report are both $n" "$m" --report "$n" -o "$n"
	keeps "the same, spelled in another way" "--output and --report are both $i/../in/./new.html" \
		"$m" -o "$n" --report "$i/../in/./new.html"
	keeps "the same behind a link" "--output and --report are both " \
		"$m" -o "$n" --report "$work/there/dir/new.html"
	keeps "two names of a file" "--output and --report are both " \
		"$m" -o "$i/old.html" --report "$i/hard"
	keeps "two reports" "--report and --quant-report are both $n" \
		"$m" -o "$target" --report "$n" --quant-report "$n"
	keeps "a report where the model file stands by default" "--output and --report are both " \
		"$m" --report "$i/relu.gsm"
	holds "other files in one folder" "$gsc" "$m" -o "$work/a" --report "$work/b" --quant-report "$work/c"
	holds "names alone" env -C "$work" "$(realpath "$gsc")" "$m" -o a --report b
	holds "devices are not files" "$gsc" "$m" -o /dev/null --report /dev/null
}

test_inputs() {
	local m=$work/in/relu.onnx i=$work/in
	keeps "over the model" "MODEL and --output are both $m" "$m" -o "$m"
	keeps "over the model by a link" "MODEL and --output are both $m" "$i/link" -o "$m"
	keeps "a graph over the model" "MODEL and --output are both $m" "$m" -e fdfg -o "$m"
	keeps "a report over the model" "MODEL and --report are both $m" \
		"$m" -o "$target" --report "$m"
	keeps "a schedule over the schedule" "--schedule and --output are both $i/plan.json" \
		"$m" --schedule "$i/plan.json" --emit=schedule -o "$i/plan.json"
	keeps "a report over samples" "--calibrate and --quant-report are both $i/calib.npy" \
		"$m" -c "$i/calib.npy" --quant-report "$i/calib.npy" -o "$target"
	keeps "over metadata" "--meta and --output are both $i/meta" "$m" -m "$i/meta" -o "$i/meta"
	keeps "the machine's graph over the machine" "--arch and --output are both $i/arch.json" \
		--emit=acg -a "$i/arch.json" -o "$i/arch.json"
}

# Places where nothing can be written are told before a model is read.
test_places() {
	local m=$work/in/none.onnx option
	for option in -o --report --quant-report; do
		refused "$option in no folder" 1 "/nonexistent/x: No such file" "$m" $option /nonexistent/x
		refused "$option below a file" 1 "/relu.onnx/x: Not a directory" \
			"$m" $option "$work/in/relu.onnx/x"
		refused "$option is a folder" 1 "$work: Is a directory" "$m" $option "$work"
		if [ "$(id -u)" -ne 0 ]; then
			mkdir -p "$work/closed"
			chmod a-w "$work/closed"
			refused "$option in a closed folder" 1 "closed/x: Permission denied" \
				"$m" $option "$work/closed/x"
			chmod u+w "$work/closed"
			touch "$work/closed/old"
			chmod a-w "$work/closed"
			refused "$option in place of a file in one" 1 "closed/old: Permission denied" \
				"$m" $option "$work/closed/old"
			chmod u+w "$work/closed"
		fi
	done
	refused "layers into a file" 1 "relu.onnx: Not a directory" "$m" -e layers -o "$work/in/relu.onnx"
	refused "a folder beside a device" 1 "--keep-intermediates|/dev/null is no file" \
		"$m" --keep-intermediates -o /dev/null
}

test_streams() {
	local m=$work/in/relu.onnx
	keeps "two inputs from standard input" "MODEL and --schedule are both standard input" \
		- --schedule - -o "$target"
	keeps "two outputs there" "--output and --report are both on standard output" \
		"$m" -o - --report -
	keeps "a list of layers in a model" "--output and --verbose are both on standard output" \
		"$m" -o - --verbose
	keeps "a dump in a page" "--report and --dump-after are both on standard output" \
		"$m" -o "$target" --report - --dump-after fuse
	keeps "a table in a model" "--output and --quant-report are both on standard output" \
		"$m" -o - --quant-report -
	keeps "a folder there" "--emit=layers writes a folder" "$m" --emit=layers -o -
	keeps "a folder beside it" "--keep-intermediates writes a folder" "$m" --keep-intermediates -o -
	refused "standard input without a name to write" 2 "--output is needed" -
	holds "tables and lists" "$gsc" "$m" --quant-report - -v --dump-after fuse -o "$target"
	"$gsc" - -o - <"$m" 2>/dev/null | cmp -s - "$target"
	passed $? "from standard input to standard output"
}

if [ ! -x "$gsc" ]; then
	echo "Bail out! $gsc is missing, run make"
	exit 1
fi
prepare
test_outputs
test_inputs
test_places
test_streams
finish
