#!/usr/bin/env bash
# Creates the topics of shop, or adjusts their settings. It may run again.
# BROKERS: host:port. KAFKA_BIN: folder of Kafka's scripts, unless they are on the PATH.
set -euo pipefail
brokers=${BROKERS:?BROKERS is not set: give host:port}
bin=${KAFKA_BIN:+$KAFKA_BIN/}

"${bin}kafka-topics.sh" --bootstrap-server "$brokers" --create --if-not-exists --topic orders.placed \
  --partitions 12 --replication-factor 1
"${bin}kafka-configs.sh" --bootstrap-server "$brokers" --alter --topic orders.placed \
  --add-config retention.ms=2592000000,min.insync.replicas=1,flush.messages=1
"${bin}kafka-topics.sh" --bootstrap-server "$brokers" --create --if-not-exists --topic orders.placed.dead-letter \
  --partitions 3 --replication-factor 1
"${bin}kafka-configs.sh" --bootstrap-server "$brokers" --alter --topic orders.placed.dead-letter \
  --add-config retention.ms=7776000000,min.insync.replicas=1,flush.messages=1
"${bin}kafka-topics.sh" --bootstrap-server "$brokers" --create --if-not-exists --topic prices \
  --partitions 3 --replication-factor 1
"${bin}kafka-configs.sh" --bootstrap-server "$brokers" --alter --topic prices \
  --add-config retention.ms=43200000,min.insync.replicas=1
