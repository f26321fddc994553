#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Unpack Debian's kernel 6.12 and its modules into the cache; nothing is
# installed. Prints the directory, which holds
#
#	vmlinuz  config  release  lib/modules/RELEASE/
#
#	scripts/fetch-kernel.sh [--update] [--packages] [RELEASE]
#
#	RELEASE		as "uname -r" shows it; else that of the installed
#			headers of 6.12, for modules built with them fit it,
#			else the newest there is
#	--update	ask apt even if a kernel is in the cache
#	--packages	print the Debian packages this needs, and end
#
# Exit status: 0, 77 when there is no such kernel here, else 1.
set -euo pipefail

cache=${GS_CACHE:-$HOME/.cache/genesys}/kernel
packages="kmod xz-utils"
series=6.12
flavour=amd64

say() { echo "fetch-kernel: $*" >&2; }
die() { say "$@"; exit 1; }
cannot() { say "$@"; exit 77; }

update= release=
for arg; do
	case $arg in
	--update) update=y ;;
	--packages) echo $packages; exit 0 ;;
	-*) die "usage: $0 [--update] [--packages] [RELEASE]" ;;
	*) release=$arg ;;
	esac
done

command -v apt-get >/dev/null || cannot "not a Debian system"
command -v depmod >/dev/null || PATH=$PATH:/usr/sbin:/sbin
command -v depmod >/dev/null || cannot "the package kmod is missing"

# The newest kernel package of the series that apt knows, without the
# metapackage's help, which only one of the supported releases has.
newest() {
	apt-cache pkgnames "linux-image-$series" |
		sed -n "s/^linux-image-\(${series//./\\.}\.[0-9.]*+*[a-z0-9.+~]*-$flavour\)\$/\1/p" |
		sort -V | tail -n 1
}

headers() {
	for dir in /lib/modules/"$series".*-"$flavour"/build; do
		[ -e "$dir/Makefile" ] || continue
		dir=${dir%/build}
		echo "${dir##*/}"
	done | grep -v -e cloud -e rt- | sort -V | tail -n 1
}

unpacked() { ls -d "$cache/$release"-*/ 2>/dev/null | head -n 1; }

mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9

[ -n "$release" ] || release=$(headers) || true
[ -n "$release" ] || release=$(newest) || true
[ -n "$release" ] || cannot "apt knows no kernel $series"

if [ -z "$update" ] && [ -n "$(unpacked)" ]; then
	found=$(unpacked)
	echo "${found%/}"
	exit 0
fi

work=$(mktemp -d "$cache/new.XXXXXX")
trap 'rm -rf "$work"' EXIT
package=linux-image-$release
say "downloading $package"
(cd "$work" && apt-get -q -o APT::Sandbox::User=root download "$package") \
	>"$work/apt.log" 2>&1 ||
	cannot "apt cannot download $package"
sum=$(sha256sum "$work"/*.deb | cut -c 1-12)
dir=$cache/$release-$sum
if [ ! -e "$dir/release" ]; then
	mkdir "$work/tree" "$work/new"
	dpkg -x "$work"/*.deb "$work/tree"
	mkdir "$work/new/lib"
	# Debian 13 keeps modules below /usr.
	if [ -d "$work/tree/usr/lib/modules" ]; then
		mv "$work/tree/usr/lib/modules" "$work/new/lib/"
	else
		mv "$work/tree/lib/modules" "$work/new/lib/"
	fi
	mv "$work/tree/boot/vmlinuz-$release" "$work/new/vmlinuz"
	mv "$work/tree/boot/config-$release" "$work/new/config"
	depmod -b "$work/new" "$release"
	echo "$release" >"$work/new/release"
	rm -rf "$dir"
	mv "$work/new" "$dir"
fi
echo "$dir"
