# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
#
# Debian packages that a script needs, to be sourced by those of the test machine,
# whose $top is the source directory and whose cannot() ends them.

# missing_packages NAME...: those that are not installed
missing_packages() {
	local name
	for name; do
		dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null |
			grep -qx installed || printf ' %s' "$name"
	done
}

# need_packages NAME...: installs what is missing, where that can be done
need_packages() {
	local missing
	command -v dpkg-query >/dev/null || cannot "not a Debian system"
	missing=$(missing_packages "$@")
	[ -n "$missing" ] || return 0
	"$top/scripts/setup.sh" --qemu >&2 || true
	missing=$(missing_packages "$@")
	[ -z "$missing" ] || cannot "packages are missing:$missing"
}
