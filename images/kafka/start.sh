#!/bin/sh
# KAFKA_HOST is the host name of this broker for its clients. The first start on a volume formats the log folder.
set -eu
data=${KAFKA_DATA:-/tmp/kafka}
config=$data/server.properties
mkdir -p "$data"
sed -e "s|@HOST@|${KAFKA_HOST:-localhost}|g" -e "s|@DATA@|$data/log|" /opt/kafka/server.properties >"$config"
if [ ! -f "$data/log/meta.properties" ]; then
  set -- --cluster-id todoTestCluster0000000 --config "$config"
  if [ -n "${KAFKA_PASSWORD:-}" ]; then
    set -- "$@" --add-scram "SCRAM-SHA-256=[name=${KAFKA_USERNAME:-todo},password=$KAFKA_PASSWORD]"
  fi
  java -Xmx128m -XX:TieredStopAtLevel=1 -cp '/opt/kafka/libs/*' kafka.tools.StorageTool format "$@"
fi
exec java "-Xmx${KAFKA_HEAP:-384m}" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
  -cp '/opt/kafka/libs/*' kafka.Kafka "$config"
