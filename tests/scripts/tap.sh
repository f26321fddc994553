# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
#
# What test scripts share, to be sourced: where things are, a directory that is
# removed at the end, and verdicts in TAP.
#
#	. "$(dirname "$0")/../scripts/tap.sh"
#	holds "a model is compiled" "$bin/gsc" relu.onnx -o "$work/relu.gsm"
#	asks 1 "No such file" "$bin/gsc" none.onnx
#	verdict "no such model" "${why[@]}"
#	finish
set -u
bin=${GS_BUILD:-build}/bin
src=${GS_SRC:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
python=${PYTHON:-/usr/bin/python3}
count=0 failed=0 why=()

tap_name=${0##*/}
work=$(mktemp -d "${TMPDIR:-/tmp}/${tap_name%.sh}.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
out=$work/stdout # what the last command said
err=$work/stderr

# verdict NAME REASON...: ok when there is no reason why not
verdict() {
	local name=$1 file
	shift
	count=$((count + 1))
	if [ $# -eq 0 ]; then
		echo "ok $count - $name"
		return
	fi
	failed=1
	echo "not ok $count - $name"
	printf '# %s\n' "$@"
	for file in "$out" "$err"; do
		[ ! -s "$file" ] || sed 's/^/# /' "$file"
	done
}

# passed STATUS NAME: ok when the status is 0
passed() {
	if [ "$1" -eq 0 ]; then
		verdict "$2"
	else
		verdict "$2" "status $1"
	fi
}

# holds NAME COMMAND...: ok when the command succeeds
holds() {
	local name=$1
	shift
	"$@" >"$out" 2>"$err" </dev/null
	passed $? "$name"
}

# says 'WORDS|WORDS...' [FILE]: adds to $why what of these stands in no line
says() {
	local word
	while read -r -d '|' word; do
		[ -z "$word" ] || grep -qF -- "$word" "${2:-$err}" || why+=("does not say '$word'")
	done <<<"$1|"
}

# asks STATUS 'WORDS|WORDS...' COMMAND...: runs it; $why becomes what is wrong
# with its exit status and its messages
asks() {
	local status=$1 words=$2 got
	shift 2
	why=()
	"$@" >"$out" 2>"$err" </dev/null
	got=$?
	[ $got -eq "$status" ] || why+=("exit status $got instead of $status")
	if grep -qF -e Sanitizer -e 'runtime error:' "$err"; then
		why+=("a sanitizer complained")
	fi
	says "$words"
}

# npy EXPRESSION FILE: an array made by numpy
npy() {
	"$python" -c "
import sys
import numpy as np
np.save(sys.argv[1], $1)" "$2"
}

# needs_numpy: ends the test as skipped where there is none
needs_numpy() {
	"$python" -c 'import numpy' 2>/dev/null && return
	echo "1..0 # SKIP python3-numpy is not installed"
	exit 77
}

# finish: the plan, and the exit status of the test
finish() {
	echo "1..$count"
	exit $failed
}
