#!/bin/sh
# Installs the locked dependencies when they are missing or the lock changed.
# Usage: sh tools/install.sh run|all   (run: what the CLI needs; all: also what tests and checks need)
set -eu
cd "$(dirname "$0")/.."
what=${1:-all}
# Development tools that are there already stay there.
[ -e node_modules/@biomejs/biome ] && what=all
stamp=node_modules/.bedplate-install
sum=$(cksum package-lock.json | cut -d' ' -f1-2)
case "$(cat "$stamp" 2>/dev/null || true)" in
  "all $sum") exit 0 ;;
  "run $sum") [ "$what" = run ] && exit 0 ;;
esac
command -v npm >/dev/null 2>&1 || { echo "bedplate: npm is needed to install dependencies (Node 20 or newer brings it)" >&2; exit 69; }
lock=.bedplate-installing
tries=0
until mkdir "$lock" 2>/dev/null; do
  tries=$((tries + 1))
  if [ "$tries" -gt 600 ]; then echo "bedplate: another install holds $lock; remove it if none runs" >&2; exit 75; fi
  sleep 1
done
trap 'rmdir "$lock" 2>/dev/null || true' EXIT
trap 'exit 130' INT TERM
case "$(cat "$stamp" 2>/dev/null || true)" in "all $sum") exit 0 ;; esac
omit=
[ "$what" = run ] && omit="--omit=dev --omit=peer"
echo "bedplate: installing dependencies, once ($what) ..." >&2
# shellcheck disable=SC2086
npm ci $omit --no-audit --no-fund --loglevel=error >&2
printf '%s %s\n' "$what" "$sum" > "$stamp"
echo "bedplate: installed" >&2
