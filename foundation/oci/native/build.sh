#!/bin/sh
# Builds the unpacker: a static program, the same bytes from the same compiler.
#   build.sh [FOLDER]    default: bin/ beside this script
# Needs musl-gcc (Debian: musl-tools).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/bin}
mkdir -p "$out"
cd "$here"
musl-gcc -std=c11 -Os -static -Wall -Wextra -Werror -fno-ident -ffunction-sections -fdata-sections \
  -idirafter /usr/include -idirafter "/usr/include/$(gcc -print-multiarch)" \
  -Wl,--gc-sections -Wl,--build-id=none -s -o "$out/unpack-$(uname -m)" unpack.c
