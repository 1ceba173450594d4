#!/bin/sh
# On a web server: leaves the cluster without the loss of a request, and then runs
# the command that stops the web server.
#
#     ./leave.sh nginx -s quit
set -eu

name=$(serf info | sed -n 's/^[[:space:]]*name = //p')

# From here on the balancers are to leave this server out.
serf tags -set role=web-leaving

tries=0
until answers=$(serf query -tag role=balancer -timeout=2s balanced | sed -n "s/^Response from '.*': \{0,1\}/ /p") &&
  [ -n "$answers" ] && ! echo "$answers " | grep -qF -- " $name "; do
  tries=$((tries + 1))
  if [ "$tries" -ge 10 ]; then
    serf tags -set role=web
    echo "No balancer says that it does without $name: it stays in service" >&2
    exit 1
  fi
done

serf leave
exec "$@"
