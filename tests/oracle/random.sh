#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Random programs made and judged by the Python model, on both executors.
#
#	tests/oracle/random.sh [NUMBER [SEED]]
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${GS_BUILD:-$PWD/build}
number=${1:-1500} seed=${2:-7}
dir=$build/vectors-random
failed=0 count=0

rm -rf "$dir"
"${PYTHON:-python3}" tests/oracle/make_vectors.py --out "$dir" \
	--random "$number" --seed "$seed" >/dev/null
for executor in reference fast; do
	count=$((count + 1))
	find "$dir" -mindepth 1 -maxdepth 1 -type d -print0 | LC_ALL=C sort -z |
		xargs -0 "$build/bin/gs-sim" --executor="$executor" --vector \
			>"$dir/$executor" 2>&1 || true
	passed=$(grep -c '^PASS' "$dir/$executor" || true)
	if [ "$passed" -eq "$number" ]; then
		echo "ok $count - $executor: $number random programs"
	else
		echo "not ok $count - $executor: $passed of $number random programs"
		grep -v '^PASS' "$dir/$executor" | head -n 10 | sed 's/^/# /'
		failed=1
	fi
done
[ "$failed" -ne 0 ] || rm -rf "$dir"
echo "1..$count"
exit "$failed"
