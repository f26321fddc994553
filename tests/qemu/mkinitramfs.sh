#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Make an initramfs of busybox, kernel modules and files.
#
#	mkinitramfs.sh --kernel DIR --output FILE [--module NAME]...
#		[--add FILE:PATH[:MODE]]... [--list FILE]
#
#	--kernel DIR	as scripts/fetch-kernel.sh printed it
#	--module NAME	of the kernel's tree, with what it needs, or a .ko file;
#			loaded in this order. NAME=PARAMETERS gives parameters;
#			"-NAME" puts it below /modules without loading it
#	--add F:PATH	a file of the host
#	--list FILE	the tests, see init
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
PATH=$PATH:/usr/sbin:/sbin

die() { echo "mkinitramfs: $*" >&2; exit 1; }

kernel= output= list=/dev/null modules=() files=()
while [ $# -gt 0 ]; do
	[ $# -gt 1 ] || die "$1 needs a value"
	case $1 in
	--kernel) kernel=$2 ;;
	--output) output=$2 ;;
	--module) modules+=("$2") ;;
	--add) files+=("$2") ;;
	--list) list=$2 ;;
	*) die "unknown option $1" ;;
	esac
	shift 2
done
[ -n "$kernel" ] && [ -n "$output" ] || die "--kernel and --output are needed"
busybox=$(command -v busybox) || die "busybox-static is missing"
release=$(cat "$kernel/release")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root"/{bin,tests,modules,lib/firmware}
cp "$busybox" "$root/bin/busybox"
ln -s busybox "$root/bin/sh"
install -m 755 "$here/init" "$root/init"
cp "$list" "$root/tests/list"
: >"$root/modules/order"

# Modules a module needs, itself last, as files; those of a file may lie beside
# it.
closure() {
	local name
	if [ -f "$1" ]; then
		for name in $(modinfo -F depends "$1" | tr , ' '); do
			[ ! -f "$(dirname "$1")/$name.ko" ] ||
				name=$(dirname "$1")/$name.ko
			closure "$name"
		done
		echo "$1"
	else
		modprobe -S "$release" -d "$kernel" --show-depends "$1" |
			sed -n 's/^insmod \([^ ]*\).*/\1/p'
	fi
}

# put_module FILE LOAD PARAMETERS
put_module() {
	local name=${1##*/}
	name=${name%.xz}
	if [ ! -e "$root/modules/$name" ]; then
		case $1 in
		*.xz) xz -dc "$1" >"$root/modules/$name" ;;
		*) cp "$1" "$root/modules/$name" ;;
		esac
		[ -z "$2" ] ||
			echo "/modules/$name $3" >>"$root/modules/order"
	fi
}

for module in ${modules[@]+"${modules[@]}"}; do
	load=y parameters=
	case $module in
	-*) load= module=${module#-} ;;
	*=*) parameters=${module#*=} module=${module%%=*} ;;
	esac
	found=$(closure "$module") || die "no module $module"
	for file in $found; do
		# What an unloaded module needs is loaded all the same.
		if [ "$file" = "${found##*$'\n'}" ]; then
			put_module "$file" "$load" "$parameters"
		else
			put_module "$file" y ""
		fi
	done
done

for spec in ${files[@]+"${files[@]}"}; do
	IFS=: read -r from to mode <<<"$spec"
	[ -f "$from" ] || die "no file $from"
	mkdir -p "$root/$(dirname "$to")"
	install -m "${mode:-755}" "$from" "$root/$to"
done

mkdir -p "$(dirname "$output")"
# Not compressed: TCG would take longer to unpack than the host to read it.
(cd "$root" && find . -mindepth 1 -print0 | LC_ALL=C sort -z |
	cpio -o -0 -H newc -R 0:0 --quiet) >"$output"
