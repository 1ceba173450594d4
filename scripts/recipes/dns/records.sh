#!/bin/sh
# On the name server: makes dnsmasq's records the live members. Run it as handler
# of every change of membership.
#
# NAME.DOMAIN is the address of a member; ROLE.DOMAIN is the addresses of all
# members with the tag role=ROLE.
set -eu

hosts=${DNS_HOSTS:-/etc/dnsmasq.serf.hosts}
reload=${DNS_RELOAD:-systemctl kill -s HUP dnsmasq}
domain=${DNS_DOMAIN:-serf.internal}

# Asked for first: where the agent cannot say, everything stays as it is.
members=$(serf members -status=alive)

while read -r name address _ tags; do
  case $name in
    '') continue ;;
    *[!A-Za-z0-9.-]*) echo "not a name for a host: $name" >&2; continue ;;
  esac
  address=${address%:*}
  address=${address#[}
  address=${address%]}
  echo "$address $name.$domain"

  role=$(echo "$tags" | tr , '\n' | sed -n 's/^role=//p')
  case $role in
    '' | *[!A-Za-z0-9-]*) ;;
    *) echo "$address $role.$domain" ;;
  esac
done > "$hosts.new" <<END
$members
END

if ! cmp -s "$hosts.new" "$hosts"; then
  mv "$hosts.new" "$hosts"
  sh -c "$reload"
fi
