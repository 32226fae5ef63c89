#!/bin/sh
# Lets an agency in, or gives it a new password: sh deploy/rabbitmq/agency.sh CODE <FILE-WITH-ITS-PASSWORD
# It may read its own queue and write to its own exchange, and nothing else. Its user is agency.CODE.
# COMPOSE is the command that knows the deployment: `docker compose`, if not given.
set -eu
cd "$(dirname "$0")/../.."

code=${1:?say which agency}
if ! printf %s "$code" | grep -Eqx '[a-z][a-z0-9-]{0,62}'; then
    echo "$code is no agency's code" >&2
    exit 2
fi

# shellcheck disable=SC2016 - the container's shell expands it
${COMPOSE:-docker compose} exec -T rabbitmq sh -euc '
    user=agency.$1
    password=$(cat)
    ctl() { rabbitmqctl --quiet "$@"; }
    ctl list_users --no-table-headers | cut -f 1 | grep -Fqx "$user" && how=change_password || how=add_user
    printf %s "$password" | ctl "$how" "$user"
    ctl set_permissions --vhost joldau "$user" "^\$" "^replies[.]$1\$" "^referrals[.]$1\$" </dev/null
    ctl set_user_limits "$user" "{\"max-connections\": 5, \"max-channels\": 20}" </dev/null
' agency.sh "$code"
