#!/bin/sh
# Builds the agent for x86-64 and arm64: `sh apps/guest/build.sh [FOLDER]`; by default into the folder
# of foundation/guest from which environments take it.
#
# The same sources and tools give the same bytes: no paths, no dates, no build id. Needs Debian's
# musl-tools, gcc-aarch64-linux-gnu, and musl's arm64 half, which toolchain.sh fetches.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/../../foundation/guest/src/agent}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$here/src"
mkdir -p "$out"

flags="-std=c11 -D_GNU_SOURCE -Os -Wall -Wextra -Werror -Wshadow -Wformat=2 -Wpointer-arith -Wstrict-prototypes
  -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -fstack-protector-strong
  -fno-ident -fno-lto -ffile-prefix-map=$here/src=. -frandom-seed=bedplate"
link="-static -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,noseparate-code -s"

build() { # name linker-options compiler...
  name=$1; more=$2; shift 2
  mkdir -p "$work/$name"
  # shellcheck disable=SC2086
  for source in *.c; do "$@" $flags -c "$source" -o "$work/$name/${source%.c}.o"; done
  # shellcheck disable=SC2046,SC2086
  "$@" $link $more -o "$work/$name.elf" $(ls "$work/$name"/*.o | LC_ALL=C sort)
  chmod 755 "$work/$name.elf"
  mv "$work/$name.elf" "$out/$name.elf"
}

build x86_64 "-Wl,-z,relro -Wl,-z,now" musl-gcc
# Pages of 64 KiB would make a hole of most of one before what relro protects.
build aarch64 "-Wl,-z,norelro" sh "$here/cross-gcc.sh"

version_of() { dpkg-query -W -f='${Version}' "$1" 2>/dev/null || echo unknown; }
digest_of() { sha256sum "$out/$1" | cut -d' ' -f1; }

# What they were built with: other versions may well give other bytes.
cat > "$out/digests.json" <<END
{
  "x86_64.elf": "sha256:$(digest_of x86_64.elf)",
  "aarch64.elf": "sha256:$(digest_of aarch64.elf)",
  "tools": {
    "gcc-12": "$(version_of gcc-12)",
    "gcc-12-aarch64-linux-gnu": "$(version_of gcc-12-aarch64-linux-gnu)",
    "binutils": "$(version_of binutils)",
    "musl-dev": "$(version_of musl-dev)"
  }
}
END
