#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Where the selftest "inference" looks for its files, and that it says which one
# it misses. TAP.
set -u
program=$GS_BUILD/guest/inference
if [ ! -f "$program" ]; then
	echo "1..0 # skip $program is not there: make selftests"
	exit 77
fi

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
cp "$program" "$tmp" || exit 1
# No device is touched, whatever this machine has.
export NPU_DEVICE=none
n=0 failed=0

# What the program says of its tests: $1 pattern, $2 name, $3... command. A test
# that has its files gets as far as the device.
says() {
	local pattern=$1 name=$2
	shift 2
	n=$((n + 1))
	"$@" >"$tmp/log" 2>&1
	if awk -v pattern="$pattern" '
		/^(not )?ok / { results++; good += $0 ~ pattern }
		END { exit !(results > 9 && good == results) }' "$tmp/log"; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		sed 's/^/# /' "$tmp/log"
		failed=1
	fi
}

unset NPU_DATA
says "^ok .* # SKIP $tmp/lenet.gsm is missing" "skips without its files" \
	"$tmp/inference"
says "^not ok " "finds them beside itself" "$program"
says "^not ok " "finds them in NPU_DATA" \
	env NPU_DATA="$GS_BUILD/guest" "$tmp/inference"
says "^ok .* # SKIP $tmp/lenet.gsm is missing" "looks nowhere else then" \
	env NPU_DATA="$tmp" "$program"
cp "$GS_BUILD/guest/lenet.gsm" "$tmp"
says "^ok .* # SKIP $tmp/lenet_images.npy is missing" "misses the next one" \
	"$tmp/inference"
cp -r "$GS_BUILD"/guest/lenet* "$tmp"
says "^ok .* # SKIP $tmp/ops is missing" "and the last one" "$tmp/inference"
echo "1..$n"
exit $failed
