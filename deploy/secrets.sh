#!/bin/sh
# Makes the secrets that docker-compose.yml mounts, with random values; what is there already stays as it is.
# The containers read them under users of their own, so the files are open; the directory is closed to everybody else.
set -eu
cd "$(dirname "$0")"
mkdir -p secrets
chmod 700 secrets
cd secrets

random() { od -An -v -N24 -tx1 /dev/urandom | tr -d ' \n'; }

keep() { # FILE VALUE
    [ -e "$1" ] && return
    printf '%s\n' "$2" >"$1"
    chmod 644 "$1"
}

password() { sed 's|^[^:]*://[^:]*:\([^@]*\)@.*$|\1|' "$1"; } # of the URL in a file

keep postgres_password "$(random)"
keep rabbitmq_operator_password "$(random)"
keep topology_amqp_url "amqp://topology:$(random)@rabbitmq:5672/joldau"
for service in intake router notifier; do
    keep "joldau_${service}_database_url" "postgresql+asyncpg://$service:$(random)@postgres:5432/$service"
    keep "joldau_${service}_amqp_url" "amqp://$service:$(random)@rabbitmq:5672/joldau"
    keep "joldau_${service}_admin_key" "$(random)"
done
keep joldau_router_signing_key "$(od -An -v -N32 -tx1 /dev/urandom | tr -d ' \n')"
keep joldau_notifier_smtp_password "" # the mail server's; empty where it asks for none

# made anew each time, so that a password changed in a URL reaches the broker at its next start
sed -e "s|@intake@|$(password joldau_intake_amqp_url)|" \
    -e "s|@router@|$(password joldau_router_amqp_url)|" \
    -e "s|@notifier@|$(password joldau_notifier_amqp_url)|" \
    -e "s|@topology@|$(password topology_amqp_url)|" \
    -e "s|@operator@|$(cat rabbitmq_operator_password)|" \
    ../rabbitmq/users.json >rabbitmq_definitions.json
chmod 644 rabbitmq_definitions.json
