#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Fetch Debian's source of the kernel, linux-source-6.12, into the cache, and
# print the .deb's path, or unpack a part of it.
#
#	scripts/fetch-linux-source.sh [--update] [--unpack DIR [PATTERN...]]
#
#	--update	ask apt even if a source is in the cache
#	--unpack	unpack the tree, or what the patterns of tar match, into
#			DIR, without the directory all of it is in
#
# Exit status: 0, 77 when there is no such source here, else 1.
set -euo pipefail

cache=${GS_CACHE:-$HOME/.cache/genesys}/linux-source
package=linux-source-6.12

say() { echo "fetch-linux-source: $*" >&2; }
die() { say "$@"; exit 1; }
cannot() { say "$@"; exit 77; }

update= dir=
while [ $# -gt 0 ]; do
	case $1 in
	--update) update=y; shift ;;
	--unpack)
		[ $# -gt 1 ] || die "--unpack needs a directory"
		dir=$2
		shift 2
		break ;;
	*) die "usage: $0 [--update] [--unpack DIR [PATTERN...]]" ;;
	esac
done

newest() { ls -v "$cache/$package"_*.deb 2>/dev/null | tail -n 1; }

mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9

if [ -n "$update" ] || [ -z "$(newest)" ]; then
	command -v apt-get >/dev/null || cannot "not a Debian system"
	work=$(mktemp -d "$cache/new.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	say "downloading $package"
	(cd "$work" && apt-get -q -o APT::Sandbox::User=root download \
		"$package") >"$work/apt.log" 2>&1 ||
		cannot "apt cannot download $package"
	mv "$work"/*.deb "$cache/"
fi
deb=$(newest)
flock -u 9

if [ -z "$dir" ]; then
	echo "$deb"
	exit 0
fi
mkdir -p "$dir"
dpkg-deb --fsys-tarfile "$deb" |
	tar -xO --wildcards './usr/src/linux-source-*.tar.xz' |
	tar -xJ -C "$dir" --strip-components=1 --wildcards "${@:-*}"
