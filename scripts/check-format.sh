#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Check that the C sources of userspace are formatted as .clang-format says
# and that every source file starts with its license; --fix formats instead.
# Kernel and QEMU code follow the checkers of their projects (checkpatch).
#
#	scripts/check-format.sh [--fix] [FILE...]
#
# clang-format's versions differ in details. Version 14 is the reference; with
# another one a difference is reported as a skip (exit 77), not as a failure.
set -u
cd "$(dirname "$0")/.." || exit 1

reference=14
# Paths, as patterns of bash, which are not formatted.
exclude=(
	'build*/*'
	'kernel/*'
	'hw-model/qemu/*'
	'include/uapi/*'
	'tests/kunit/*'
	'tests/selftests/*'
)

fix=
if [ "${1-}" = --fix ]; then
	fix=y
	shift
fi

sources() {
	git ls-files --cached --others --exclude-standard 2>/dev/null ||
		find . -type f -not -path './build*' -printf '%P\n'
}

excluded() {
	local pattern
	for pattern in "${exclude[@]}"; do
		# shellcheck disable=SC2053 # a pattern, on purpose
		[[ $1 == $pattern ]] && return 0
	done
	return 1
}

if ! command -v clang-format >/dev/null; then
	echo "check-format: clang-format is missing, run scripts/setup.sh --check"
	exit 1
fi
version=$(clang-format --version | sed -n 's/.*version \([0-9]*\).*/\1/p')
# The reference under its own name wins over another default.
formatter=clang-format
if [ "$version" != $reference ] && command -v clang-format-$reference >/dev/null; then
	formatter=clang-format-$reference
	version=$reference
fi

if [ $# -gt 0 ]; then
	all=("$@")
else
	mapfile -t all < <(sources)
fi

files=() unlicensed=()
for file in "${all[@]}"; do
	[ -f "$file" ] || continue
	case $file in
	*.c | *.h | *.mk | *.sh | *.py | *.S | *.ld | Makefile | Kbuild)
		head -n 2 "$file" | grep -q 'SPDX-License-Identifier:' ||
			unlicensed+=("$file")
		;;
	esac
	case $file in
	*.c | *.h) excluded "$file" || files+=("$file") ;;
	esac
done

if [ ${#unlicensed[@]} -gt 0 ]; then
	echo "check-format: no SPDX-License-Identifier in the first line of:"
	printf '  %s\n' "${unlicensed[@]}"
fi

[ ${#files[@]} -gt 0 ] || exit $((${#unlicensed[@]} > 0))

if [ -n "$fix" ]; then
	exec "$formatter" -i --style=file "${files[@]}"
fi

if ! "$formatter" --dry-run --Werror --style=file "${files[@]}" 2>&1 |
	grep -E 'error:|^[^ ].*:[0-9]+:[0-9]+:' >/dev/null; then
	exit $((${#unlicensed[@]} > 0))
fi

for file in "${files[@]}"; do
	diff -u --label "$file" --label "$file (formatted)" "$file" \
		<("$formatter" --style=file "$file") | head -n 40
done
echo "check-format: run make format"
[ ${#unlicensed[@]} -eq 0 ] && [ "$version" != $reference ] && exit 77
exit 1
