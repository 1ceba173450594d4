#!/bin/sh
# Serf @VERSION@ for @TARGET@ in one file: this script, and behind it an archive
# of Deno and the program. The first start unpacks the archive into a folder that
# is named by its content, and compares all files with the checksums that belong to
# this release; every later start goes straight there if no file has changed since.
# What nobody checks is this script itself: compare the file with the release's sums.
set -eu

release=@VERSION@-@HASH@
problems=

# Whether the program lies in the folder as it was checked: nobody else put it there, and no
# file was written to since. This runs at every start, so it runs no other program.
is_ready() {
  [ ! -L "$1" ] && [ -O "$1" ] && [ -f "$1/checked" ] && [ -x "$1/deno" ] || return
  for file in "$1/serf.js" "$1"/*; do
    [ -f "$file" ] && [ ! "$file" -nt "$1/checked" ] || return
  done
}

# Whether a folder is there that nobody else can have made, and so nobody else can change.
is_own() {
  [ ! -L "$1" ] && [ -O "$1" ] && return
  echo "\"$1\" belongs to somebody else"
  return 1
}

# Unpacks into the folder. Others may do the same at the same moment: each unpacks in
# a folder of its own, which takes its place as a whole.
unpack() (
  umask 077
  mkdir -p -- "${1%/*}" && is_own "${1%/*}" || exit 1
  fresh=$(mktemp -d "$1-XXXXXX") || exit 1
  trap 'rm -rf -- "$fresh" "$fresh.old"' EXIT
  trap 'exit 1' HUP INT TERM
  tail -n +@ARCHIVE_LINE@ -- "$0" | gzip -dc | tar -xf - -C "$fresh" || exit 1
  (cd -- "$fresh" && echo "@SUMS_HASH@  SUMS" | sha256sum -c && sha256sum -c SUMS) >/dev/null || {
    echo "$0 is damaged: fetch it again"
    exit 1
  }
  "$fresh/deno" --version >/dev/null || exit 1
  : >"$fresh/checked" || exit 1
  # A power failure must not leave empty files where whole ones are expected.
  sync -- "$fresh"/* 2>/dev/null || sync
  is_ready "$1" && exit
  [ ! -e "$1" ] || mv -T -- "$1" "$fresh.old"
  mv -T -- "$fresh" "$1" || is_ready "$1"
)

# Goes on as the program if it lies in the folder or can be put there; otherwise returns.
run_from() {
  folder=$1/$release
  shift
  if ! is_ready "$folder"; then
    if ! problem=$(unpack "$folder" 2>&1); then
      problems="$problems
  $folder: ${problem:-programs cannot run there}"
      return 0
    fi
  fi
  # Nothing but what is unpacked is ever loaded, and nobody is asked for a newer Deno.
  export DENO_NO_UPDATE_CHECK=1
  exec "$folder/deno" run --allow-all --unstable-net --no-config --no-lock --no-npm --no-remote \
    --quiet @ENGINE_FLAGS@ "$folder/serf.js" "$@"
}

if [ -n "${XDG_CACHE_HOME:-}${HOME:-}" ]; then
  run_from "${XDG_CACHE_HOME:-${HOME:-}/.cache}/serf" "$@"
fi
user=$(id -u)
run_from "${TMPDIR:-/tmp}/serf-$user" "$@"
run_from "/var/tmp/serf-$user" "$@"
echo "serf: there is no folder to unpack into:$problems" >&2
echo "Name one that takes 100 MB and lets programs run: XDG_CACHE_HOME=/some/folder $0" >&2
exit 1
