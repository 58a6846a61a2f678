#!/usr/bin/env bash
# Creates the topics of sensors, or adjusts their settings. It may run again.
# BROKERS: host:port. KAFKA_BIN: folder of Kafka's scripts, unless they are on the PATH.
set -euo pipefail
brokers=${BROKERS:?BROKERS is not set: give host:port}
bin=${KAFKA_BIN:+$KAFKA_BIN/}

"${bin}kafka-topics.sh" --bootstrap-server "$brokers" --create --if-not-exists --topic measurements_raw \
  --partitions 48 --replication-factor 2
"${bin}kafka-configs.sh" --bootstrap-server "$brokers" --alter --topic measurements_raw \
  --add-config retention.ms=1800000,min.insync.replicas=1
