#!/bin/sh
# Builds the programs of this package: static programs, the same bytes from the same compiler.
#   build.sh [FOLDER]    default: bin/ beside this script
# Needs musl-gcc (Debian: musl-tools).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/bin}
mkdir -p "$out"
cd "$here/src"

build() { # name source...
  name=$1; shift
  musl-gcc -std=c11 -Os -static -Wall -Wextra -Werror -fno-ident -ffunction-sections -fdata-sections \
    -idirafter /usr/include -idirafter "/usr/include/$(gcc -print-multiarch)" \
    -Wl,--gc-sections -Wl,--build-id=none -s -o "$out/$name-$(uname -m)" "$@"
}

build warden main.c words.c fail.c mounts.c loop.c idmap.c credentials.c listen.c launch.c
build relay ../relay/relay.c
cd "$here/network"
build network network.c namespace.c cable.c inside.c
cd "$here/extents"
build extents extents.c
cd "$here/imprint"
build imprint imprint.c
