#!/bin/sh
# Installs Debian packages, as root, and keeps the servers among them from starting: now, and at the next boot.
# They are wanted for their programs, which Joldau starts itself, where and when it needs them.
# Usage: install-packages.sh PACKAGE...
set -eu
export DEBIAN_FRONTEND=noninteractive
servers='epmd postgresql rabbitmq-server'

put() { # PATH MODE CONTENT: write a file for the time of the installation, unless there is one already
    [ -e "$1" ] && return
    mkdir -p "$(dirname "$1")"
    printf '%s\n' "$3" >"$1"
    chmod "$2" "$1"
    placed="$placed $1"
}

has_unit() { [ -e "/lib/systemd/system/$1.$2" ]; }

placed=
trap 'rm -f $placed' EXIT
trap 'exit 130' INT TERM

new=
for server in $servers; do has_unit "$server" service || new="$new $server"; done
put /usr/sbin/policy-rc.d 755 "$(printf '#!/bin/sh\nexit 101')"
case " $* " in *' postgresql '*)
    put /etc/postgresql-common/createcluster.d/joldau.conf 644 'create_main_cluster = false' ;;
esac

apt-get -qq -o DPkg::Lock::Timeout=300 update
apt-get -qq -o DPkg::Lock::Timeout=300 -y --no-install-recommends install "$@"

for server in $new; do
    if [ -e "/etc/init.d/$server" ]; then update-rc.d "$server" disable; fi
    for kind in service socket; do
        if has_unit "$server" "$kind" && command -v systemctl >/dev/null; then
            systemctl --quiet disable "$server.$kind"
        fi
    done
done
