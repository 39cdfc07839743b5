#!/bin/sh
# Installs the engines that tests start and this machine lacks. PostgreSQL is not among them: it
# comes with npm's packages.
#
#   redis-server, haproxy      packages of the system
#   S3: moto, and Ceph's gateway   Debian packages, unpacked into a folder of their own
#   crun, runc, iproute2, nftables, e2fsprogs   packages of the system, for containers
#   musl-tools                 the compiler of the programs that run inside machines
#   runsc                      package of the system, or of Debian's backports
#
# Needs root on Debian or one of its children; elsewhere it says what is absent, and ends with 1.
# The folder is $BEDPLATE_CACHE/engine-root; default: /var/cache/bedplate for root, ~/.cache/bedplate
# for everyone else.
set -eu

if [ "$(id -u)" = 0 ]; then default=/var/cache/bedplate; else default=${XDG_CACHE_HOME:-$HOME/.cache}/bedplate; fi
cache=${BEDPLATE_CACHE:-$default}
root=$cache/engine-root
# The unstable branch is the one that has both, in versions with S3's conditional writes.
suite=sid
packages=radosgw,ceph-mon,ceph-osd,ceph-common,python3-moto,python3-flask,python3-flask-cors
absent=

say() { echo "services: $*" >&2; }
lack() { absent="$absent
  $1: $2"; }
has() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || [ -x "/sbin/$1" ]; }

may_install() { [ "$(id -u)" = 0 ] && has apt-get; }

why_not() {
  if ! has apt-get; then echo "no apt-get here: install it in your system's own way"
  else echo "only root may install it: apt-get install $1"; fi
}

apt() { DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" >&2; }

# Installs a package of the system when its program is missing.
want() { # program package
  if has "$1"; then return 0; fi
  if ! may_install; then lack "$1" "$(why_not "$2")"; return 0; fi
  say "installing $2"
  apt install -y --no-install-recommends "$2" || { apt update && apt install -y --no-install-recommends "$2"; } ||
    lack "$1" "apt-get cannot install $2"
}

# Debian's services start what they install; tests start their own.
keep_quiet() {
  if [ -d /etc/init.d ] && [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
    chmod 755 /usr/sbin/policy-rc.d
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  fi
}

# Unpacks the Debian packages; nothing of them is run here, and no script of theirs either.
unpack_root() {
  [ "$(uname -s)" = Linux ] || { lack "S3" "its packages run on Linux only"; return 0; }
  want mmdebstrap mmdebstrap
  if ! has mmdebstrap; then lack "S3" "mmdebstrap is needed to unpack it"; return 0; fi
  [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || { may_install && apt install -y debian-archive-keyring; } ||
    { lack "S3" "the keys of Debian's archive are needed: debian-archive-keyring"; return 0; }
  draft=$(mktemp -d "$cache/engine-root.XXXXXX")
  say "unpacking S3 servers into $root, once (about 180 MB to load, 750 MB on disk)"
  # A mirror may be older than the date until which it says that it is fresh.
  if mmdebstrap --quiet --variant=extract \
    --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='Apt::Install-Recommends "false"' \
    --include="$packages" "$suite" "$draft" >&2; then
    compile_python "$draft"
    chmod 755 "$draft"
    mv "$draft" "$root"
  else
    rm -rf "$draft"
    lack "S3" "mmdebstrap, as $(id -un), cannot unpack $packages of $suite; root can"
  fi
}

# Programs of the folder run as a user that may not write there: what Python would keep is made now.
compile_python() {
  libraries=$(echo "$1"/usr/lib/*-linux-gnu)
  loader=$(echo "$libraries"/ld-linux*.so.*)
  PYTHONHOME=$1/usr "$loader" --library-path "$libraries" "$1/usr/bin/python3" -m compileall -q \
    "$1"/usr/lib/python3*/ >/dev/null 2>&1 || true
}

# gVisor as it is needed is in Debian from 13 on; what 12 has lacks the platform that machines run on,
# and its backports, whose list is kept apart from the system's, have a later one.
has_runsc() { has runsc && runsc flags 2>&1 | grep -q systrap; }
want_runsc() {
  if has_runsc; then return 0; fi
  if ! may_install; then lack runsc "$(why_not runsc)"; return 0; fi
  { apt install -y --no-install-recommends runsc && has_runsc; } 2>/dev/null && return 0
  backports=$cache/backports
  mkdir -p "$backports/lists/partial"
  . /etc/os-release
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian ${VERSION_CODENAME}-backports main" > "$backports/sources.list"
  options="-o Dir::Etc::SourceList=$backports/sources.list -o Dir::Etc::SourceParts=- -o Dir::State::Lists=$backports/lists"
  say "installing runsc of ${VERSION_CODENAME}-backports"
  # shellcheck disable=SC2086
  { apt $options update && (cd "$backports" && apt $options download runsc) && dpkg -i "$backports"/runsc_*.deb >&2; } ||
    lack runsc "apt-get cannot install runsc"
}

mkdir -p "$cache"
may_install && keep_quiet
want redis-server redis-server
want haproxy haproxy
want crun crun
want runc runc
want ip iproute2
want nft nftables
want mkfs.ext4 e2fsprogs
want musl-gcc musl-tools
want_runsc
[ -x "$root/usr/bin/radosgw" ] || unpack_root

if [ -n "$absent" ]; then
  say "these are absent, and tests that need them are left out:$absent"
  exit 1
fi
say "all engines are there"
