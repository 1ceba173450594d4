#!/bin/sh
# On the load balancer: makes HAProxy's servers the live members with the tag
# role=web. Run it as handler of every change of membership, and of the query
# "balanced", which it answers with the servers that are in use.
set -eu

config=${HAPROXY_CONFIG:-/etc/haproxy/haproxy.cfg}
reload=${HAPROXY_RELOAD:-systemctl reload haproxy}
port=${WEB_PORT:-80}

# Asked for first: where the agent cannot say, everything stays as it is.
members=$(serf members -status=alive -tag role=web)

servers=
lines=
while read -r name address _; do
  case $name in
    '') continue ;;
    *[!A-Za-z0-9.-]*) echo "not a name for a server: $name" >&2; continue ;;
  esac
  servers="$servers $name"
  lines="$lines    server $name ${address%:*}:$port check
"
done <<END
$members
END

{ cat "$config.head"; printf '%s' "$lines"; } > "$config.new"
if ! cmp -s "$config.new" "$config"; then
  haproxy -c -q -f "$config.new"
  mv "$config.new" "$config"
  sh -c "$reload" >&2
fi
echo "${servers# }"
