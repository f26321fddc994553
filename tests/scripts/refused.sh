# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154
#
# What tests of wrong input of gsc share, to be sourced behind tap.sh.
gsc=$bin/gsc
target=$work/out.gsm

# has WORDS: whether they stand in the messages
has() {
	grep -qF -- "$1" "$err"
}

# complaints: errors in the messages; notes, warnings and list items are none
complaints() {
	grep -cE '^gsc: (error: )?|^[^ ].*: (unrecognized|option requires)' \
		<(grep -vE '^gsc: (note|warning): ' "$err")
}

# refused NAME STATUS 'WORDS|WORDS...' ARG...: run gsc, then look at everything
refused() {
	rm -f "$target"
	asks "$2" "$3" "$gsc" "${@:4}"
	[ "$(complaints)" -eq 1 ] || why+=("$(complaints) sentences instead of 1")
	[ ! -e "$target" ] || why+=("left an output file")
	[ ! -e "$target.d" ] || why+=("left $target.d")
	verdict "$1" "${why[@]}"
}
