#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Build the debug kernel for the test machine, with tests/qemu/debug.config,
# from Debian's source, and print its directory: that of fetch-kernel.sh's
# layout, and what modules are built with,
#
#	vmlinuz  config  release  lib/modules/RELEASE/  build/
#
#	scripts/build-kernel.sh [--update] [--find] [--packages]
#
#	--update	look for a newer source package even if one is here
#	--find		print it if it is there, do not build it
#	--packages	print the Debian packages this needs, and end
#
# Below $GS_CACHE/kernel-debug a directory for each combination of source,
# configuration, compiler and recipe. Building takes 12 processor minutes and
# 2.5 GB, the result 75 MB. Exit status: 0, 77 when it cannot be built here
# (no source, no packages) or, with --find, was not, else 1.
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
cache=${GS_CACHE:-$HOME/.cache/genesys}/kernel-debug
fragment=$top/tests/qemu/debug.config
jobs=${JOBS:-$(nproc)}
# The environment of a make that runs this is not kbuild's.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES KBUILD_OUTPUT O B V
unset CC CFLAGS LDFLAGS ARCH

packages="gcc make flex bison bc libelf-dev libssl-dev cpio kmod rsync
	xz-utils perl"

say() { echo "build-kernel: $*" >&2; }
die() { say "$@"; exit 1; }
cannot() { say "$@"; exit 77; }
. "$top/scripts/packages.sh"

update=() find=
for arg; do
	case $arg in
	--update) update=(--update) ;;
	--find) find=y ;;
	--packages) echo $packages; exit 0 ;;
	*) die "usage: $0 [--update] [--find] [--packages]" ;;
	esac
done

# The recipe: these three, in the source tree. A change makes another kernel.
configure() {
	make -s tinyconfig
	scripts/kconfig/merge_config.sh -m .config "$fragment"
	make -s olddefconfig
}

compile() {
	nice make -s -j"$jobs" KBUILD_BUILD_USER=genesys \
		KBUILD_BUILD_HOST=debug bzImage modules
}

# What modules are built with is what a distribution would package.
collect() { # DIR
	local release
	release=$(make -s kernelrelease)
	mkdir -p "$1/build"
	echo "$release" >"$1/release"
	cp .config "$1/config"
	cp arch/x86/boot/bzImage "$1/vmlinuz"
	make -s INSTALL_MOD_PATH="$1" modules_install
	rm -f "$1/lib/modules/$release/build"
	make -s run-command KBUILD_RUN_COMMAND="\$(srctree)/scripts/package/install-extmod-build $1/build"
	cp .config "$1/build/.config"
}

# Kconfig drops what it does not know or whose dependencies fail, in silence.
check_config() {
	local line bad=
	while read -r line; do
		case $line in
		"# CONFIG_"*" is not set")
			line=${line#\# }
			! grep -q "^${line% is not set}=" .config ||
				bad+=" ${line% is not set}=n" ;;
		CONFIG_*) grep -qxF -- "$line" .config || bad+=" $line" ;;
		esac
	done <"$fragment"
	[ -z "$bad" ] || die "debug.config: not taken over by this kernel:$bad"
}

run() { # WHAT COMMAND...
	local what=$1
	shift
	"$@" >"$cache/build.log" 2>&1 9>&- || {
		grep -B 2 -A 15 -E 'error:|Error [0-9]' "$cache/build.log" |
			head -n 60 >&2
		die "$what the debug kernel failed, see $cache/build.log"
	}
}

# Two of 75 MB: that of another branch may be wanted back.
forget_old() {
	find "$cache" -mindepth 1 -maxdepth 1 -type d -regextype posix-extended \
		-regex '.*/[0-9a-f]{16}' -printf '%T@ %p\n' |
		sort -rn | sed -e 1,2d -e 's/^[^ ]* //' | xargs -r rm -rf
}

build() {
	local path=$PATH
	say "unpacking ${deb##*/}"
	# Of a build that was killed.
	rm -rf "$cache"/new.*
	work=$(mktemp -d "$cache/new.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	"$top/scripts/fetch-linux-source.sh" --unpack "$work/src"
	cd "$work/src"
	run configuring configure
	check_config
	say "compiling Linux $(make -s kernelversion)"
	run compiling compile
	# depmod
	PATH=$PATH:/usr/sbin:/sbin
	run installing collect "$work/new"
	PATH=$path
	cd "$top"
	mv "$work/new" "$cache/$key"
	forget_old
}

command -v dpkg-query >/dev/null || cannot "not a Debian system"
# shellcheck disable=SC2086 # a list of words
[ -n "$find" ] || need_packages $packages
deb=$("$top/scripts/fetch-linux-source.sh" ${update[@]+"${update[@]}"})
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
key=$({ basename "$deb"; cat "$fragment"; gcc -dumpfullversion
	declare -f configure compile collect; } | sha256sum | cut -c 1-16)
if [ ! -e "$cache/$key/release" ]; then
	[ -z "$find" ] || cannot "the debug kernel is not built"
	build
fi
touch "$cache/$key"
echo "$cache/$key"
