#!/bin/sh
# Builds the agent again and compares: what is committed has to be what the sources give.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
committed=$here/../../foundation/guest/src/agent
sh "$here/toolchain.sh"
again=$(mktemp -d)
trap 'rm -rf "$again"' EXIT
sh "$here/build.sh" "$again"
if ! diff -u "$committed/digests.json" "$again/digests.json"; then
  echo "guest: the agent is not what its sources and these tools give: sh apps/guest/build.sh" >&2
  exit 1
fi
for name in x86_64.elf aarch64.elf; do cmp "$committed/$name" "$again/$name"; done
