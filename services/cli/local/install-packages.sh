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

installed() { dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' | sed -n 's/^ii *//p' | sort; }

units() { dpkg -L "$1" | sed -n 's|^\(/usr\)\{0,1\}/lib/systemd/system/\([^@/]*\.\(service\|socket\)\)$|\2|p'; }

scripts() { dpkg -L "$1" | sed -n 's|^/etc/init.d/\([^/]*\)$|\1|p'; }

placed=
before=$(mktemp)
trap 'rm -f $placed "$before"' EXIT
trap 'exit 130' INT TERM

installed >"$before"
put /usr/sbin/policy-rc.d 755 "$(printf '#!/bin/sh\nexit 101')"
case " $* " in *' postgresql '*)
    put /etc/postgresql-common/createcluster.d/joldau.conf 644 'create_main_cluster = false' ;;
esac

apt-get -qq -o DPkg::Lock::Timeout=300 update
apt-get -qq -o DPkg::Lock::Timeout=300 -y --no-install-recommends install "$@"

# What came with them must not listen after a reboot either: it was wanted for its programs.
installed | comm -13 "$before" - | while read -r package; do
    for unit in $(units "$package"); do deb-systemd-helper disable "$unit" || true; done
    for script in $(scripts "$package"); do update-rc.d "$script" disable || true; done
done
