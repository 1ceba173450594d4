#!/bin/sh
# On each node: handler of the event "deploy". Makes the version in the payload
# the current one, fetching it if it is not here yet.
set -eu

home=${DEPLOY_HOME:-/srv/app}
fetch=${DEPLOY_FETCH:?the command that unpacks version \$1 into folder \$2}
restart=${DEPLOY_RESTART:-systemctl restart app}

version=$(cat)
# What comes over the network is data: a name and nothing else.
case $version in
  '' | .* | *[!A-Za-z0-9._-]*) echo "not a version" >&2; exit 1 ;;
esac

# deployed.sh tells this to whoever asks while, or after, something goes wrong.
fail() {
  echo "$version failed: $1" > "$home/trouble"
  exit 1
}

mkdir -p "$home/releases"
rm -f "$home/trouble"
release=$home/releases/$version
if [ ! -d "$release" ]; then
  # Unpacked beside its place, so that half a release is never taken for a whole one.
  rm -rf "$release.part"
  mkdir "$release.part"
  sh -c "$fetch" fetch "$version" "$release.part" || fail "cannot fetch it"
  mv "$release.part" "$release"
fi
ln -sfn "releases/$version" "$home/next"
mv -T "$home/next" "$home/current"
sh -c "$restart" || fail "cannot restart"
