#!/bin/sh
# Builds the C programs among the examples: needs clang, lld and wasi-libc
# (Debian: apt-get install clang-19 lld-19 wasi-libc libclang-rt-19-dev-wasm32).
set -eu
cd "$(dirname "$0")"

build() {
  "${CC:-clang-19}" --target=wasm32-wasi -Oz -flto -Wall -Wextra -Werror \
    -fno-ident -Wl,--strip-all -Wl,--gc-sections -o "$2" "$1"
  wc -c "$2"
}

build ../hello.c ../hello.wasm
build wordcount.c wordcount.wasm
