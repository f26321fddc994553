#!/bin/bash
# SPDX-License-Identifier: MIT
#
# gs-as and gs-objdump as commands: options, streams, errors, files. What they
# make of programs: asm_programs.py.
. "$(dirname "$0")/../scripts/tap.sh"

fails_and_writes_nothing() {
	printf 'SET_ITER 9, 0, 1\nBLOCK_END 1\n' >"$work/bad.s"
	echo precious >"$work/out.txt"
	if "$bin/gs-as" "$work/bad.s" -o "$work/out.txt" 2>"$work/err"; then
		echo "gs-as accepted an error"
		return 1
	fi
	grep -qF "bad.s:1: SET_ITER: operand 1 'loop': 9 is out of range (0..7)" \
		"$work/err" || { cat "$work/err"; return 1; }
	[ "$(cat "$work/out.txt")" = precious ] || return 1
	! "$bin/gs-as" "$work/bad.s" -o "$work/new.txt" 2>/dev/null &&
		[ ! -e "$work/new.txt" ]
}

fails_where_it_cannot_write() {
	echo 'BLOCK_END 1' >"$work/good.s"
	! "$bin/gs-as" "$work/good.s" -o "$work/missing/out" &&
		! "$bin/gs-as" "$work/good.s" -o "$work" &&
		! "$bin/gs-as" "$work/good.s" -o - >/dev/full &&
		! "$bin/gs-as" "$work/missing.s" -o "$work/out" &&
		! "$bin/gs-objdump" --isa-table >/dev/full
}

writes_through_links() {
	echo 'BLOCK_END 1' >"$work/good.s"
	: >"$work/target"
	chmod 640 "$work/target"
	ln -s target "$work/link"
	"$bin/gs-as" "$work/good.s" -o "$work/link" && [ -L "$work/link" ] &&
		[ "$(cat "$work/target")" = 2952790017 ] &&
		[ "$(stat -c %a "$work/target")" = 640 ]
}

streams() {
	[ "$(echo 'BLOCK_END 1' | "$bin/gs-as" - -o - |
		"$bin/gs-objdump" -d -)" = \
		'     0:  b0000001  BLOCK_END 1' ]
}

knows_its_options() {
	local tool
	for tool in gs-as gs-objdump; do
		"$bin/$tool" --help | grep -q '^Usage: ' || return 1
		"$bin/$tool" --version | grep -q '(GeneSys)' || return 1
		! "$bin/$tool" --nonsense || return 1
		! "$bin/$tool" || return 1
	done
	! "$bin/gs-as" --encoding=x a -o b && ! "$bin/gs-as" --format=x a -o b &&
		! "$bin/gs-as" a.s && ! "$bin/gs-objdump" -d a b
}

refuses_bad_words() {
	printf '1\nfoo\n' >"$work/words"
	! "$bin/gs-objdump" -d "$work/words" 2>"$work/err" || return 1
	grep -q 'words:2: ' "$work/err"
}

holds fails_and_writes_nothing fails_and_writes_nothing
holds fails_where_it_cannot_write fails_where_it_cannot_write
holds writes_through_links writes_through_links
holds streams streams
holds knows_its_options knows_its_options
holds refuses_bad_words refuses_bad_words

finish
