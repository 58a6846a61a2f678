#!/bin/sh
# KAFKA_HOST is the name clients reach this broker by. Formats the log folder at the first start of the volume.
set -eu
data=${KAFKA_DATA:-/tmp/kafka}
config=$data/server.properties
mkdir -p "$data"
sed -e "s|@HOST@|${KAFKA_HOST:-localhost}|" -e "s|@DATA@|$data/log|" /opt/kafka/server.properties >"$config"
java="java -cp /opt/kafka/libs/* -XX:TieredStopAtLevel=1"
if [ ! -f "$data/log/meta.properties" ]; then
  scram=""
  if [ -n "${KAFKA_PASSWORD:-}" ]; then scram="--add-scram SCRAM-SHA-256=[name=${KAFKA_USERNAME:-todo},password=$KAFKA_PASSWORD]"; fi
  # shellcheck disable=SC2086
  $java -Xmx128m kafka.tools.StorageTool format -t todoTestCluster0000000 -c "$config" $scram
fi
# shellcheck disable=SC2086
exec $java -Xmx${KAFKA_HEAP:-384m} kafka.Kafka "$config"
