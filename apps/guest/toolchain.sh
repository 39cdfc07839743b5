#!/bin/sh
# Installs what builds the agent: musl-tools and a cross compiler, as root on Debian; and musl's arm64
# half, unpacked into a folder of its own ($BEDPLATE_CACHE/musl-arm64), so that the system stays one
# architecture. Prints nothing when all is there.
set -eu
if [ "$(id -u)" = 0 ]; then default=/var/cache/bedplate; else default=${XDG_CACHE_HOME:-$HOME/.cache}/bedplate; fi
root=${BEDPLATE_CACHE:-$default}/musl-arm64

apt() { DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" >&2; }
want() { # program package
  command -v "$1" >/dev/null 2>&1 && return 0
  echo "guest: installing $2" >&2
  apt install -y --no-install-recommends "$2" || { apt update && apt install -y --no-install-recommends "$2"; }
}

# apt's own state stays as it is: the lists of the other architecture live in a folder that goes away.
fetch_arm64() {
  state=$(mktemp -d)
  trap 'rm -rf "$state"' EXIT
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$root.part"
  : > "$state/status"
  options="-o APT::Architecture=arm64 -o APT::Architectures::=arm64 -o Dir::State=$state -o Dir::State::lists=$state/lists
    -o Dir::State::status=$state/status -o Dir::Cache=$state/cache -o Acquire::Languages=none -o APT::Sandbox::User=root"
  echo "guest: fetching musl for arm64" >&2
  # shellcheck disable=SC2086
  apt $options update
  # shellcheck disable=SC2086
  (cd "$state" && apt $options download musl-dev)
  dpkg-deb -x "$state"/musl-dev_*.deb "$root.part"
  rm -rf "$root"
  mv "$root.part" "$root"
}

want musl-gcc musl-tools
want aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu
[ -e "$root/usr/lib/aarch64-linux-musl/libc.a" ] || fetch_arm64
