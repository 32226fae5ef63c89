#!/bin/sh
# Run by PostgreSQL's image on an empty data directory: for each service a role and a database that is its alone.
set -eu
for service in intake router notifier; do
    password=$(sed 's|^[^:]*://[^:]*:\([^@]*\)@.*$|\1|' "/run/secrets/joldau_${service}_database_url")
    ROLE=$service PASSWORD=$password psql --quiet --set ON_ERROR_STOP=1 --username postgres --dbname postgres <<'SQL'
\getenv role ROLE
\getenv password PASSWORD
CREATE ROLE :"role" LOGIN PASSWORD :'password';
CREATE DATABASE :"role" OWNER :"role";
REVOKE ALL ON DATABASE :"role" FROM PUBLIC;
SQL
done
