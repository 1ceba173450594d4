#!/bin/sh
# On each node: handler of the query "deployed". Answers with the version that is
# the current one, or with what went wrong.
set -eu

home=${DEPLOY_HOME:-/srv/app}
if [ -f "$home/trouble" ]; then
  head -c 200 "$home/trouble"
elif [ -L "$home/current" ]; then
  basename "$(readlink "$home/current")"
else
  echo nothing
fi
