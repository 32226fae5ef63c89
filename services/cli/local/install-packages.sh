#!/bin/sh
# Installs Debian packages, as root, and keeps their services from starting: now, and at the next boot.
# Usage: install-packages.sh PACKAGE...
set -eu
export DEBIAN_FRONTEND=noninteractive

put() { # PATH MODE CONTENT: write a file for the time of the installation, unless there is one already
    [ -e "$1" ] && return
    mkdir -p "$(dirname "$1")"
    printf '%s\n' "$3" >"$1"
    chmod "$2" "$1"
    placed="$placed $1"
}

names() { dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' | sed -n 's/^ii *//p' | sort; }

placed=
before=$(mktemp)
trap 'rm -f $placed "$before"' EXIT
trap 'exit 130' INT TERM

names >"$before"
put /usr/sbin/policy-rc.d 755 "$(printf '#!/bin/sh\nexit 101')"
put /etc/postgresql-common/createcluster.d/joldau.conf 644 'create_main_cluster = false'

apt-get -qq -o DPkg::Lock::Timeout=300 update
apt-get -qq -o DPkg::Lock::Timeout=300 -y --no-install-recommends install "$@"

command -v systemctl >/dev/null || exit 0
names | comm -13 "$before" - | while read -r package; do
    for unit in $(dpkg -L "$package" | sed -n 's|^\(/usr\)\{0,1\}/lib/systemd/system/\([^@/]*\.\(service\|socket\)\)$|\2|p'); do
        systemctl --quiet disable "$unit" || true
    done
done
