#!/bin/sh
# Debian's arm64 cross compiler with musl instead of glibc: takes what a compiler takes.
set -eu
if [ "$(id -u)" = 0 ]; then default=/var/cache/bedplate; else default=${XDG_CACHE_HOME:-$HOME/.cache}/bedplate; fi
musl=${BEDPLATE_CACHE:-$default}/musl-arm64/usr
lib=$musl/lib/aarch64-linux-musl
gcc=aarch64-linux-gnu-gcc

for argument; do
  if [ "$argument" = -c ]; then
    # Outline atomics ask glibc what the processor can do.
    exec $gcc -nostdinc -isystem "$musl/include/aarch64-linux-musl" -isystem "$($gcc -print-file-name=include)" \
      -mno-outline-atomics "$@"
  fi
done
exec $gcc -nostdlib "$lib/crt1.o" "$lib/crti.o" "$@" -Wl,--start-group "$lib/libc.a" \
  "$($gcc -print-libgcc-file-name)" -Wl,--end-group "$lib/crtn.o"
