/** Where the archive of a COPY step is put, inside. */
export const copyFolder = "/.bedplate-build";
export const copyArchive: string = `${copyFolder}.tar`;

/**
 * Copies what an archive holds: `sh -c SCRIPT copy FROM TO OWNER MODE`. A folder gives its contents;
 * a file or a link takes the place that is named, or goes into a folder that is there or ends with a
 * slash; several go into a folder. Links are copied as what they are.
 */
export const copyScript: string = `
set -e
umask 022
from=$1 to=$2 owner=$3 mode=$4
fail() { echo "$1" >&2; exit 1; }
mkdir -p ${copyFolder}
tar -xf ${copyArchive} -C ${copyFolder}
rm -f ${copyArchive}
cd ${copyFolder}
from=\${from#/}
from=\${from#./}
from=\${from%/}
case "/$from/" in */../*) fail "the path leads out of the archive: $1";; esac
if [ "$from" = "" ] || [ "$from" = . ]; then
  single=. here=.
elif [ -e "$from" ] || [ -L "$from" ]; then
  single=$from here=$from
else
  single= here=$(dirname "$from")
  [ -d "$here" ] || fail "the archive has no $1"
fi
if [ "$owner" != "" ]; then chown -R -h "$owner" .; fi
if [ "$mode" != "" ]; then find . ! -type l ! -path . -exec chmod "$mode" {} +; fi
if [ "$single" != "" ] && [ -d "$single" ] && [ ! -L "$single" ]; then
  mkdir -p "$to"
  cp -a "$single/." "$to/"
elif [ "$single" != "" ]; then
  case "$to" in */) mkdir -p "$to";; *) mkdir -p "$(dirname "$to")";; esac
  if [ -d "$to" ]; then to=\${to%/}/$(basename "$single"); fi
  rm -f "$to"
  cp -a "$single" "$to"
else
  mkdir -p "$to"
  count=0
  IFS=
  for each in $from; do
    [ -e "$each" ] || [ -L "$each" ] || continue
    cp -a "$each" "\${to%/}/"
    count=1
  done
  [ "$count" = 1 ] || fail "the archive has nothing like $1"
fi
cd /
rm -rf ${copyFolder}
`;
