#!/bin/sh
# Assembles the root file system of the container, from this machine's Deno, shell
# and C library (Linux with glibc, as Debian has it).
#
#     root.sh FOLDER DENO PROGRAM
set -eu

root=${1:?the folder to fill}
deno=${2:?the path of deno}
program=${3:?the folder of the program}
here=$(dirname "$0")

mkdir -p "$root/usr/bin" "$root/usr/lib/serf" "$root/bin" "$root/etc/serf" \
  "$root/var/lib/serf" "$root/tmp" "$root/proc" "$root/dev"
cp -L "$deno" "$root/usr/bin/deno"
cp -L /bin/sh "$root/bin/sh"
chmod 755 "$root/usr/bin/deno" "$root/bin/sh"
cp "$program"/*.js "$root/usr/lib/serf/"
cp "$here/serf.sh" "$root/usr/bin/serf"
chmod 755 "$root/usr/bin/serf"
cp "$here/serf.json" "$root/etc/serf/serf.json"

# The libraries, and the loader, each where it is looked for.
ldd "$root/usr/bin/deno" "$root/bin/sh" | grep -o '/[^ :]*\.so[^ ]*' | sort -u |
  while read -r library; do
    mkdir -p "$root${library%/*}"
    cp -L "$library" "$root$library"
  done

echo 'serf:x:65532:65532:Serf:/var/lib/serf:/bin/sh' > "$root/etc/passwd"
echo 'serf:x:65532:' > "$root/etc/group"
echo 'hosts: files dns' > "$root/etc/nsswitch.conf"
chmod 1777 "$root/tmp"
# Who builds as root makes it theirs; elsewhere a volume is mounted there.
chown 65532:65532 "$root/var/lib/serf" 2>/dev/null || chmod 1777 "$root/var/lib/serf"
