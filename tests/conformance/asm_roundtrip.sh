#!/bin/bash
# SPDX-License-Identifier: MIT
#
# gs-as and gs-objdump on whole programs: published text gives the published
# words, words give the text back. Programs are those of GS_SHARED_VECTORS
# (default: ../shared/vectors) and of tests/vectors; exit 77 when the published
# ones are not there.
set -u
top=${GS_SRC:-$(cd "$(dirname "$0")/../.." && pwd)}
bin=${GS_BUILD:-$top/build}/bin
vectors=${GS_SHARED_VECTORS:-$top/../shared/vectors}

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
count=0 failed=0

# result STATUS NAME: a line of TAP; what went wrong is in $tmp/why.
result() {
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		sed 's/^/# /' "$tmp/why"
		failed=1
	fi
}

check() {
	local name=$1
	shift
	"$@" >"$tmp/why" 2>&1
	result $? "$name"
}

# ---- the tools --------------------------------------------------------------

fails_and_writes_nothing() {
	printf 'SET_ITER 9, 0, 1\nBLOCK_END 1\n' >"$tmp/bad.s"
	echo precious >"$tmp/out.txt"
	if "$bin/gs-as" "$tmp/bad.s" -o "$tmp/out.txt" 2>"$tmp/err"; then
		echo "gs-as accepted an error"
		return 1
	fi
	grep -qF "bad.s:1: SET_ITER: operand 1 'loop': 9 is out of range (0..7)" \
		"$tmp/err" || { cat "$tmp/err"; return 1; }
	[ "$(cat "$tmp/out.txt")" = precious ] || return 1
	! "$bin/gs-as" "$tmp/bad.s" -o "$tmp/new.txt" 2>/dev/null &&
		[ ! -e "$tmp/new.txt" ]
}

fails_where_it_cannot_write() {
	echo 'BLOCK_END 1' >"$tmp/good.s"
	! "$bin/gs-as" "$tmp/good.s" -o "$tmp/missing/out" &&
		! "$bin/gs-as" "$tmp/good.s" -o "$tmp" &&
		! "$bin/gs-as" "$tmp/good.s" -o - >/dev/full &&
		! "$bin/gs-as" "$tmp/missing.s" -o "$tmp/out" &&
		! "$bin/gs-objdump" --isa-table >/dev/full
}

writes_through_links() {
	echo 'BLOCK_END 1' >"$tmp/good.s"
	: >"$tmp/target"
	chmod 640 "$tmp/target"
	ln -s target "$tmp/link"
	"$bin/gs-as" "$tmp/good.s" -o "$tmp/link" && [ -L "$tmp/link" ] &&
		[ "$(cat "$tmp/target")" = 2952790017 ] &&
		[ "$(stat -c %a "$tmp/target")" = 640 ]
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
	printf '1\nfoo\n' >"$tmp/words"
	! "$bin/gs-objdump" -d "$tmp/words" 2>"$tmp/err" || return 1
	grep -q 'words:2: ' "$tmp/err"
}

check fails_and_writes_nothing fails_and_writes_nothing
check fails_where_it_cannot_write fails_where_it_cannot_write
check writes_through_links writes_through_links
check streams streams
check knows_its_options knows_its_options
check refuses_bad_words refuses_bad_words

# ---- programs ---------------------------------------------------------------

# The text as gs-objdump prints it: no indentation, no blank lines, IC for N.
canonical() {
	sed -e 's/\r$//' -e 's/^[ \t]*//' -e 's/[ \t]*$//' -e '/^$/d' \
		-e '/^SA_REDUCTION_LOOP/s/, N$/, IC/' "$1"
}

# words_round_trip DIR ENCODING: words, text, words, in every form.
words_round_trip() {
	local form
	"$bin/gs-objdump" -d --no-addresses --encoding="$2" \
		"$1/program.txt" >"$tmp/text.s" || return 1
	for form in decimal binary raw; do
		"$bin/gs-as" --encoding="$2" --format=$form "$tmp/text.s" \
			-o "$tmp/$form" || return 1
		"$bin/gs-objdump" -d --no-addresses --encoding="$2" \
			--format=$form "$tmp/$form" | diff "$tmp/text.s" - ||
			return 1
	done
	diff <(sed 's/\r$//' "$1/program.txt") "$tmp/decimal"
}

# text_round_trip DIR ENCODING: the text gives the words, the words the text.
text_round_trip() {
	"$bin/gs-as" --encoding="$2" "$1/program.s" -o "$tmp/words" &&
		diff "$1/program.txt" "$tmp/words" &&
		"$bin/gs-objdump" -d --no-addresses --encoding="$2" \
			"$1/program.txt" >"$tmp/text.s" &&
		diff <(canonical "$1/program.s") "$tmp/text.s"
}

programs() {
	local dir encoding
	for dir in "$1"/*/; do
		dir=${dir%/}
		[ -f "$dir/program.txt" ] || continue
		encoding=sync_inst
		grep -qs inst_group_2021 "$dir/vector.json" &&
			encoding=inst_group_2021
		check "words of ${dir##*/}" words_round_trip "$dir" $encoding
		[ -f "$dir/program.s" ] &&
			check "text of ${dir##*/}" text_round_trip "$dir" $encoding
	done
}

programs "$top/tests/vectors"
if [ -d "$vectors" ]; then
	programs "$vectors"
else
	count=$((count + 1))
	echo "ok $count - published programs # SKIP no directory $vectors"
fi
echo "1..$count"
[ $failed -eq 0 ] || exit 1
[ -d "$vectors" ] || {
	echo "asm_roundtrip: no published programs in $vectors, set GS_SHARED_VECTORS" >&2
	exit 77
}
