#!/bin/sh
# What docker-compose.yml relies on of the official image: POSTGRES_PASSWORD_FILE, POSTGRES_INITDB_ARGS, and the
# scripts of /docker-entrypoint-initdb.d, run against a server that listens on its socket alone.
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    # shellcheck disable=SC2086 - several arguments
    initdb --username=postgres --pwfile="$POSTGRES_PASSWORD_FILE" --auth-host=scram-sha-256 ${POSTGRES_INITDB_ARGS:-}
    printf 'host all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
    pg_ctl --wait --options="-c listen_addresses=''" start
    for script in /docker-entrypoint-initdb.d/*.sh; do
        "$script"
    done
    pg_ctl --wait --mode=fast stop
fi
exec "$@" -c 'listen_addresses=*'
