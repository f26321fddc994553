#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Build qemu-system-x86_64 with the GeneSys device (hw-model/qemu) and print
# the path of the binary, the last line of the output and all of stdout. What
# was built before for the same sources is found again, fast.
#
#	scripts/build-qemu.sh [--update] [--packages]
#
#	--update	look for a newer source package even if one is here
#	--packages	print the Debian packages this needs, and end
#
# The source is Debian's: any 10.0.x of the suite below, fetched through apt
# from the mirror this machine's own apt uses, with apt's signature check, and
# without touching the lists or the configuration of the machine.
#
# Below $GS_CACHE/qemu:
#	dl/		source package
#	tools/		meson, where the machine's own is too old
#	base-KEY/	QEMU's source with our hooks, and its build directory; a
#			change to our files compiles only those
#	KEY/		results
# KEY is a hash of what goes in. Exit status: 0, 77 when QEMU cannot be built
# here (no source, no packages), else 1.
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
cache=${GS_CACHE:-$HOME/.cache/genesys}/qemu
python=${PYTHON:-/usr/bin/python3}
jobs=${JOBS:-$(nproc)}
suite=trixie
accepted=10.0
overlay=$top/hw-model/qemu

packages="gcc libc6-dev make pkg-config patch xz-utils bzip2 flex bison ninja-build
	python3 python3-venv python3-tomli libglib2.0-dev zlib1g-dev
	libjson-c-dev seabios qemu-system-data"

configure=(--python="$python" --target-list=x86_64-softmmu
	--without-default-features --without-default-devices
	--with-devices-x86_64=genesys --enable-system --enable-tcg
	--enable-kvm --enable-virtfs --enable-attr --disable-download
	--disable-docs --disable-user --disable-install-blobs)

say() { echo "build-qemu: $*" >&2; }
die() { say "$@"; exit 1; }
cannot() { say "$@"; exit 77; }
. "$top/scripts/packages.sh"

update=
for arg; do
	case $arg in
	--update) update=y ;;
	--packages) echo $packages; exit 0 ;;
	*) die "usage: $0 [--update] [--packages]" ;;
	esac
done

# ---- apt, privately --------------------------------------------------------
# The archive this machine installs its own release from.
mirror() {
	apt-get indextargets --format \
		'$(CREATED_BY) $(CODENAME) $(COMPONENT) $(REPO_URI)' |
		awk -v c="$codename" '$1 == "Packages" && $2 == c &&
			$3 == "main" { print $4; exit }'
}

# Sets apt_options to those of an apt that sees only the entries named:
# private_apt "TYPE SUITE"...
private_apt() {
	local uri dir=$work/apt
	uri=$(mirror) || true
	[ -n "$uri" ] || cannot "no archive of $codename in this machine's apt"
	rm -rf "$dir"
	mkdir -p "$dir/parts" "$dir/lists/partial"
	for entry; do
		printf 'Types: %s\nURIs: %s\nSuites: %s\nComponents: main\n' \
			"${entry% *}" "$uri" "${entry#* }"
		printf 'Signed-By: %s\n\n' \
			/usr/share/keyrings/debian-archive-keyring.gpg
	done >"$dir/parts/private.sources"
	apt_options=(-q -o Dir::Etc::SourceList=/dev/null
		-o "Dir::Etc::SourceParts=$dir/parts"
		-o "Dir::State::Lists=$dir/lists" -o Dir::Cache::pkgcache=
		-o Dir::Cache::srcpkgcache= -o APT::Sandbox::User=root)
	apt-get "${apt_options[@]}" update >"$work/apt.log" 2>&1 ||
		cannot "apt cannot read" "$@" "from the mirror"
}

# ---- the source ------------------------------------------------------------
source_here() { ls -v "$cache"/dl/qemu_"$accepted".*.orig.tar.xz 2>/dev/null; }

fetch_source() {
	local found
	if [ -z "$update" ] && [ -n "$(source_here)" ]; then
		return
	fi
	private_apt "deb-src $suite"
	mkdir -p "$work/dl"
	found=$(apt-cache "${apt_options[@]}" showsrc --only-source qemu \
		2>/dev/null | sed -n 's/^Version: *//p' | sort -V | tail -n 1) || true
	[ -n "$found" ] || cannot "$suite has no source of QEMU"
	case $found in
	*:"$accepted".*) ;;
	*) die "$suite serves QEMU $found, the device is written for" \
		"$accepted.x: port hw-model/qemu, then change \"accepted\" here" ;;
	esac
	(cd "$work/dl" && apt-get "${apt_options[@]}" source --download-only \
		"qemu=$found") >>"$work/apt.log" 2>&1 ||
		cannot "apt cannot download the source of QEMU $found"
	mkdir -p "$cache/dl"
	mv "$work"/dl/* "$cache/dl/"
}

# meson of at least 1.5 is needed, and pycotap; Debian 12 has them in backports.
find_meson() {
	local have
	have=$(meson --version 2>/dev/null || echo 0)
	if [ "$(printf '1.5\n%s\n' "$have" | sort -V | head -n 1)" = 1.5 ] &&
		"$python" -c 'import pycotap' 2>/dev/null; then
		return
	fi
	if [ ! -e "$cache/tools/done" ]; then
		private_apt "deb $codename-backports"
		rm -rf "$cache/tools" "$work/tools"
		mkdir -p "$work/tools"
		(cd "$work/tools" && apt-get "${apt_options[@]}" download meson \
			python3-pycotap) >>"$work/apt.log" 2>&1 ||
			cannot "meson 1.5 is not here and not in $codename-backports"
		for deb in "$work"/tools/*.deb; do
			dpkg -x "$deb" "$work/tools"
		done
		touch "$work/tools/done"
		mv "$work/tools" "$cache/tools"
	fi
	export PYTHONPATH=$cache/tools/usr/lib/python3/dist-packages
}

# ---- QEMU ------------------------------------------------------------------
hash_files() { sort -z | xargs -0 sha256sum | sha256sum | cut -c 1-16; }

# Copy what differs only: time stamps decide what ninja compiles.
put() {
	cmp -s "$1" "$2" || cp "$1" "$2"
}

install_overlay() {
	local dir=$base/src/hw/genesys
	mkdir -p "$dir/genesys"
	for file in "$overlay"/{*.c,*.h,Kconfig,meson.build,trace-events}; do
		put "$file" "$dir/${file##*/}"
	done
	put "$top/hw-model/device/device.h" "$dir/device.h"
	put "$top/include/genesys/arch.h" "$dir/genesys/arch.h"
	put "$top/include/genesys/isa.h" "$dir/genesys/isa.h"
	put "$top/include/genesys/hw_abi.h" "$dir/genesys/hw_abi.h"
	put "$overlay/genesys.mak" \
		"$base/src/configs/devices/x86_64-softmmu/genesys.mak"
}

prepare_base() {
	local file
	[ ! -e "$base/build/build.ninja" ] || return 0
	say "unpacking and configuring QEMU $version"
	rm -rf "$base"
	mkdir -p "$base/src" "$base/build"
	tar -xJf "$tarball" -C "$base/src" --strip-components=1
	for file in "$overlay"/*.patch; do
		patch -s -d "$base/src" -p1 --no-backup-if-mismatch <"$file" >&2 ||
			die "hw-model/qemu/${file##*/} does not fit QEMU $version"
	done
	install_overlay
	device_core
	(cd "$base/build" && ../src/configure "${configure[@]}") \
		>"$base/configure.log" 2>&1 || {
		tail -n 30 "$base/configure.log" >&2
		rm -f "$base/build/build.ninja"
		die "configure failed, see $base/configure.log"
	}
}

# The device without a bus, from our own build, as one archive.
device_core() {
	local archive=$base/src/hw/genesys/libgsdevice.a
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u MAKEOVERRIDES make -s \
		-C "$top" -j"$jobs" B=build/qemu CC=gcc SAN= FUZZ= V= \
		CFLAGS="-O2 -g -flto -ffat-lto-objects" \
		build/qemu/qemu/libgsdevice.a >"$work/core.log" 2>&1 || {
		tail -n 30 "$work/core.log" >&2
		die "the device core does not compile"
	}
	put "$top/build/qemu/qemu/libgsdevice.a" "$archive"
}

compile() {
	say "compiling QEMU $version"
	(cd "$base/build" && nice ninja -j"$jobs" "$1") >"$base/ninja.log" 2>&1 || {
		grep -A 20 -E 'FAILED|error:' "$base/ninja.log" | head -n 60 >&2
		die "the build failed, see $base/ninja.log"
	}
}

# By name, so that what editors and patch leave behind is no new key.
core_sources() {
	find Makefile scripts/build-qemu.sh scripts/make include/genesys \
		hw-model/{device,rv32,core,timing,isa,arch,qemu} -type f \( \
		-name '*.[ch]' -o -name '*.mk' -o -name '*.mak' -o \
		-name '*.patch' -o -name Makefile -o -name Kconfig -o \
		-name meson.build -o -name trace-events -o \
		-name build-qemu.sh \) -print0
}

source_key() {
	{ echo "$base_key"; cd "$top"; core_sources | hash_files; } |
		sha256sum | cut -c 1-16
}

# A few results of 10 MB and two build directories of 700 MB are enough.
forget_old() {
	find "$cache" -mindepth 1 -maxdepth 1 -regextype posix-extended \
		-regex '.*/[0-9a-f]{16}' -printf '%T@ %p\n' |
		sort -rn | sed -e 1,8d -e 's/^[^ ]* //' | xargs -r rm -rf
	find "$cache" -mindepth 1 -maxdepth 1 -name 'base-*' \
		-printf '%T@ %p\n' | sort -rn | sed -e 1,2d -e 's/^[^ ]* //' |
		xargs -r rm -rf
}

build() {
	local result=$1/qemu-system-x86_64
	find_meson
	prepare_base
	install_overlay
	device_core
	compile qemu-system-x86_64
	# Sources that were edited meanwhile are another key's.
	[ "$key" = "$(source_key)" ] || return 0
	mkdir -p "$1"
	strip --strip-debug -o "$result.new" "$base/build/qemu-system-x86_64"
	mv "$result.new" "$result"
	touch "$base"
	forget_old
}

main() {
	# shellcheck disable=SC2086 # a list of words
	need_packages $packages
	mkdir -p "$cache"
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	exec 9>"$cache/lock"
	flock 9

	fetch_source
	tarball=$(source_here | tail -n 1)
	version=$(basename "$tarball" .orig.tar.xz)
	version=${version#qemu_}
	sum=$(sha256sum <"$tarball" | cut -d ' ' -f 1)
	say "QEMU $version, sha256 $sum"
	base_key=$({ echo "$sum" "${configure[@]}" "$(gcc -dumpfullversion)"
		cat "$overlay"/*.patch; } | sha256sum | cut -c 1-16)
	base=$cache/base-$base_key

	for _ in 1 2 3; do
		key=$(source_key)
		[ -x "$cache/$key/qemu-system-x86_64" ] || build "$cache/$key"
		if [ -x "$cache/$key/qemu-system-x86_64" ]; then
			touch "$cache/$key"
			echo "$cache/$key/qemu-system-x86_64"
			return
		fi
	done
	die "the sources change faster than they compile"
}

codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-unknown}")
main
exit
