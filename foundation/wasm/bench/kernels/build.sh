#!/bin/sh
# Compiles the kernels. Needs clang and lld with the wasm32 target; CLANG names another clang.
set -eu
cd "$(dirname "$0")"
for source in *.c; do
  "${CLANG:-clang}" --target=wasm32 -O2 -nostdlib -mbulk-memory -Wl,--no-entry -Wl,--strip-all \
    -o "${source%.c}.wasm" "$source"
done
