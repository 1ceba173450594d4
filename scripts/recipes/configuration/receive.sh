#!/bin/sh
# On each node: handler of the query "configuration". Takes the file in the
# payload, if the program that it is for accepts it, and answers with its digest.
set -eu

folder=${CONFIGURATION_FOLDER:-/etc/app}
check=${CONFIGURATION_CHECK:-true}
reload=${CONFIGURATION_RELOAD:-systemctl reload app}

read -r name packed
# What comes over the network is data: a plain file name, and only into this folder.
case $name in
  '' | .* | *[!A-Za-z0-9._-]*) echo "refused: not a file name"; exit 0 ;;
esac

fresh=$(mktemp "$folder/.$name.XXXXXX")
trap 'rm -f "$fresh"' EXIT
if ! echo "$packed" | base64 -d | gzip -dc > "$fresh"; then
  echo "refused: damaged on the way"
elif ! problem=$(sh -c "$check" check "$fresh" 2>&1); then
  echo "refused: $problem" | head -n 1 | cut -c 1-200
else
  # Its neighbours may have to read it, as they read the one before.
  chmod 644 "$fresh"
  if ! cmp -s "$fresh" "$folder/$name"; then
    mv "$fresh" "$folder/$name"
    sh -c "$reload" >&2
  fi
  sha256sum < "$folder/$name" | cut -d ' ' -f 1
fi
