#!/bin/sh
# On any node: pushes a configuration file to all nodes with a role, and tells who
# has it. The exit status is 0 only if all do.
#
#     ./push.sh app.conf web
set -eu

file=${1:?which file?}
role=${2:?which role?}

sum=$(sha256sum < "$file" | cut -d ' ' -f 1)
payload="$(basename "$file") $(gzip -9nc "$file" | base64 -w 0)"
if [ "${#payload}" -gt 900 ]; then
  echo "$file is ${#payload} bytes when packed; a query takes 900. Push the address of a large file" \
    "instead, or raise query_size_limit." >&2
  exit 1
fi

# A query may get lost on the way to a node, and taking the same file twice does no harm.
for _ in 1 2 3; do
  answers=$(serf query -tag role="$role" -timeout=3s configuration "$payload" |
    sed -n "s/^Response from '\([^']*\)': /\1 /p")
  missing=
  silent=
  for name in $(serf members -status=alive -tag role="$role" | cut -d ' ' -f 1); do
    answer=$(echo "$answers" | sed -n "s/^$name //p")
    [ -n "$answer" ] || silent=yes
    [ "$answer" = "$sum" ] || missing="$missing
  $name: ${answer:-no answer}"
  done
  [ -n "$silent" ] || break
done

if [ -n "$missing" ]; then
  echo "Not everybody has $file:$missing" >&2
  exit 1
fi
echo "$answers" | sort | sed "s/ $sum\$/: has it/"
