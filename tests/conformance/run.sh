#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Run gs-sim over the conformance vectors: those of this repository and, when
# they are there, the shared ones with programs of the public compiler
# (GS_SHARED_VECTORS, or shared/vectors beside the source directory). Prints
# TAP; exits 77 when there is no vector at all.
set -u

build=${GS_BUILD:-build}
source=${GS_SRC:-$(cd "$(dirname "$0")/../.." && pwd)}
shared=${GS_SHARED_VECTORS:-$source/../shared/vectors}
sim=$build/bin/gs-sim
count=0 failed=0

# Print what gs-sim says on its input as TAP, names with the prefix $1.
tap() {
	local verdict rest
	while read -r verdict rest; do
		count=$((count + 1))
		case $verdict in
		PASS) echo "ok $count - $1$rest" ;;
		*)
			echo "not ok $count - $1${rest%%:*}"
			echo "# $verdict $rest"
			failed=1
			;;
		esac
	done
}

# Folders with a vector below $1, one a line.
folders() {
	local file
	for file in "$1"/*/vector.json; do
		[ -f "$file" ] && dirname "$file"
	done
}

# run PREFIX DIR OPTION...: all vectors below DIR
run() {
	local prefix=$1 dir=$2 dirs
	shift 2
	mapfile -t dirs < <(folders "$dir" | grep -v "${skip:-/none$}")
	[ ${#dirs[@]} -gt 0 ] || return
	tap "$prefix" < <("$sim" "$@" --vector "${dirs[@]}" </dev/null 2>&1 ||
		{ [ $? -eq 1 ] || echo "FAIL ${prefix}gs-sim died"; })
}

if [ ! -x "$sim" ]; then
	echo "Bail out! $sim is missing, run make"
	exit 1
fi

run "" "$source/tests/vectors" --executor=reference
run fast: "$source/tests/vectors" --executor=fast
if [ ! -d "$shared" ]; then
	count=$((count + 1))
	echo "ok $count - published vectors # SKIP no folder $shared"
fi
run shared: "$shared" --executor=reference
run shared:fast: "$shared" --executor=fast
# dwconv zeroes the wrong rows, a defect of the public compiler: it needs a
# machine that was reset.
skip='/dwconv$' run shared:noise: "$shared" --noise 1


if [ $count -eq 0 ]; then
	echo "1..0 # SKIP no vectors in $source/tests/vectors nor in $shared"
	exit 77
fi
echo "1..$count"
exit $failed
