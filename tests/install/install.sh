#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What "make install" leaves in an empty directory is complete: from there
# alone, a model is compiled, a program is built with pkg-config against the
# shared and the static library, and runs. Nothing refers to the source tree or
# the build directory. Prints TAP.
set -u
build=$(cd "${GS_BUILD:-build}" && pwd)
src=${GS_SRC:-$(cd "$(dirname "$0")/../.." && pwd)}
work=$(mktemp -d "$build/install.XXXXXX")
trap 'rm -rf "$work"' EXIT
root=$work/root
prefix=/opt/genesys
tests=0 failed=0

check() { # WHAT COMMAND...
	local what=$1
	shift
	tests=$((tests + 1))
	if "$@" >"$work/log" 2>&1; then
		echo "ok $tests - $what"
	else
		echo "not ok $tests - $what"
		sed 's/^/# /' "$work/log"
		failed=1
	fi
}

# As a package is made: DESTDIR is a place to pack from, PREFIX where it will be.
put() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL \
		make -C "$src" --no-print-directory B="$build" \
		DESTDIR="$root" PREFIX=$prefix install | tee "$work/put"
	return "${PIPESTATUS[0]}"
}

# An absolute name of the build's directory is the same build.
not_built() {
	! grep -E '^ +(CC|AR|LD|GEN) ' "$work/put"
}

# A package is unpacked somewhere else than where it was made, and the sources
# are gone: tools find codelets and machines beside themselves.
inside() { # COMMAND...
	(cd "$work" && env -i HOME="$work" PATH="$dest/bin:/usr/bin:/bin" \
		LD_LIBRARY_PATH="$dest/lib" "$@")
}

compile() { # MODEL OUTPUT
	inside gsc "$src/tests/models/ops/$1.onnx" \
		-c "$src/tests/models/ops/$1.calib.npy" -o "$2"
}

build_with() { # OUTPUT PKG_CONFIG_OPTIONS...
	local out=$1 flags
	shift
	flags=$(PKG_CONFIG_PATH=$dest/lib/pkgconfig \
		pkg-config "$@" --define-variable=prefix="$dest" \
		--define-variable=libdir="$dest/lib" --cflags --libs genesys) &&
		"${CC:-cc}" -std=c11 -Wall -Wextra -Werror -o "$out" \
			"$src/tests/install/two_models.c" $flags -lpthread
}

static_build() {
	mkdir -p "$work/static" && cp "$dest"/lib/*.a "$work/static/" &&
		"${CC:-cc}" -std=c11 -o "$work/two-static" -I"$dest/include" \
			"$src/tests/install/two_models.c" -L"$work/static" -lgenesys \
			$(PKG_CONFIG_PATH=$dest/lib/pkgconfig pkg-config --static \
				--libs-only-l genesys)
}

no_leaks() { # names of the source tree or the build in text files
	! grep -rIl -e "$src" -e "$build" -e "$work" "$dest" | grep .
}

same_answers() {
	inside "$work/two" "$work/a.gsm" "$work/b.gsm" >"$work/shared.txt" &&
		inside "$work/two-static" "$work/a.gsm" "$work/b.gsm" >"$work/static.txt" &&
		cmp "$work/shared.txt" "$work/static.txt" &&
		[ "$(wc -l <"$work/shared.txt")" -eq 2 ]
}

uses_shared() {
	readelf -d "$work/two" | grep -q 'NEEDED.*libgenesys\.so\.' &&
		! readelf -d "$work/two-static" | grep -q 'NEEDED.*libgenesys'
}

as_built() { # the same model file as the build's compiler makes
	"$build/bin/gsc" "$src/tests/models/ops/conv3x3_pad1.onnx" \
		-c "$src/tests/models/ops/conv3x3_pad1.calib.npy" \
		-o "$work/built.gsm" && cmp "$work/built.gsm" "$work/a.gsm"
}

each_tool() { # answers to --version
	local tool
	for tool in "$dest"/bin/*; do
		inside "$tool" --version | grep -q '[0-9]\.[0-9]' || {
			echo "$tool --version"
			return 1
		}
	done
}

check "make install into an empty directory" put
dest=$work/elsewhere
mv "$root$prefix" "$dest" 2>/dev/null
check "nothing was built again" not_built
check "tools answer" each_tool
check "gsc compiles a model" compile conv3x3_pad1 "$work/a.gsm"
check "and another one" compile conv5x5_s2_pad2 "$work/b.gsm"
check "with the bytes of the build" as_built
check "gs-objdump reads it" inside gs-objdump -d "$work/a.gsm"
check "gs-run runs it" inside gs-run "$work/a.gsm" -i "$src/tests/models/ops/conv3x3_pad1.in.npy"
check "descriptions of models" test -s "$dest/share/genesys/descriptions/ocr_det.meta"
check "a program with pkg-config" build_with "$work/two"
check "and with the static library" static_build
check "they link what they say" uses_shared
check "two models at once give what each gives alone" same_answers
check "nothing names the source tree" no_leaks
echo "1..$tests"
exit $failed
