#!/bin/sh
# Beside each twemproxy: makes its servers the live members with the tag
# role=memcached. Run it as handler of every change of membership.
set -eu

config=${NUTCRACKER_CONFIG:-/etc/nutcracker/nutcracker.yml}
restart=${NUTCRACKER_RESTART:-systemctl restart nutcracker}
listen=${NUTCRACKER_LISTEN:-127.0.0.1:22121}
port=${MEMCACHED_PORT:-11211}

# Asked for first: where the agent cannot say, everything stays as it is.
members=$(serf members -status=alive -tag role=memcached)

servers=
while read -r name address _; do
  case $name in
    '') continue ;;
    *[!A-Za-z0-9.-]*) echo "not a name for a server: $name" >&2; continue ;;
  esac
  # The name, not the address, decides which keys a server gets: it may move.
  servers="$servers   - ${address%:*}:$port:1 $name
"
done <<END
$members
END
if [ -z "$servers" ]; then
  echo "No memcached is alive: the last configuration stays" >&2
  exit 0
fi

cat > "$config.new" <<END
cache:
  listen: $listen
  hash: md5
  distribution: ketama
  timeout: 1000
  auto_eject_hosts: true
  server_failure_limit: 1
  server_retry_timeout: 2000
  servers:
$servers
END
if ! cmp -s "$config.new" "$config"; then
  nutcracker --test-conf --conf-file="$config.new"
  mv "$config.new" "$config"
  sh -c "$restart"
fi
