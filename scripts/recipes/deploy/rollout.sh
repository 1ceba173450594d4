#!/bin/sh
# On any node: deploys a version to all nodes with a role, and waits until each of
# them says that it has it. The exit status is 0 only if all do.
#
#     ./rollout.sh v42 web
set -eu

version=${1:?which version?}
role=${2:?which role?}
limit=${ROLLOUT_LIMIT:-60}

serf event deploy "$version" > /dev/null

end=$(($(date +%s) + limit))
while :; do
  answers=$(serf query -tag role="$role" -timeout=2s deployed |
    sed -n "s/^Response from '\([^']*\)': /\1 /p")
  missing=
  trouble=
  for name in $(serf members -status=alive -tag role="$role" | cut -d ' ' -f 1); do
    answer=$(echo "$answers" | sed -n "s/^$name //p")
    case $answer in
      "$version") ;;
      "$version failed: "*) trouble="$trouble
  $name: $answer" ;;
      *) missing="$missing
  $name: ${answer:-no answer}" ;;
    esac
  done
  [ -n "$missing" ] && [ "$(date +%s)" -lt "$end" ] || break
done

if [ -n "$missing$trouble" ]; then
  echo "Not everybody has $version:$trouble$missing" >&2
  exit 1
fi
echo "$answers" | sort | sed 's/ /: /'
