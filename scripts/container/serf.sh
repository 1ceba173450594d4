#!/bin/sh
# Starts Serf in the container; the process stays the first one, and gets the signals.
export DENO_NO_UPDATE_CHECK=1
exec /usr/bin/deno run --allow-all --unstable-net --no-config --no-lock --no-npm --no-remote \
  --quiet --v8-flags=--max-semi-space-size=4 /usr/lib/serf/serf.js "$@"
