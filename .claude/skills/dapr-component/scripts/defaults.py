"""What is added to components, why, and what is refused: references/traps.md has the same in words."""

from typing import Any

SHA = ("SHA-256", "SHA-512")

# Fields that every component of a family takes, read by the sidecar itself.
SHARED_FIELDS = {
    "pubsub": (
        "consumerID",
        "publishingScopes",
        "subscriptionScopes",
        "allowedTopics",
        "protectedTopics",
    ),
    "state": ("keyPrefix", "actorStateStore", "outboxPublishPubsub", "outboxPublishTopic"),
    "bindings": ("direction", "route"),
}

DEFAULTS: dict[str, tuple[tuple[str, str], ...]] = {
    "pubsub.kafka": (
        ("initialOffset", "oldest"),
        ("sessionTimeout", "6s"),
        ("version", "2.4.0"),
        ("excludeHeaderMetaRegex", ".*"),
        ("escapeHeaders", "true"),
        ("heartbeatInterval", "2s"),
        ("consumerGroupRebalanceStrategy", "sticky"),
        ("producerRequiredAcks", "all"),
        ("dialTimeout", "5s"),
        ("readTimeout", "5s"),
        ("writeTimeout", "5s"),
    ),
    "bindings.cron": (("direction", "input"),),
}
FAN_OUT = {"consumerGroup": "{appID}-{uuid}", "initialOffset": "newest"}

# (type, field, value) → the comment above the field; the value None stands for every value.
NOTES: dict[tuple[str, str, Any], str] = {
    (
        "pubsub.kafka",
        "saslMechanism",
        None,
    ): "SHA-256 or SHA-512 exactly: Dapr silently takes anything else as PLAIN.",
    (
        "pubsub.kafka",
        "initialOffset",
        "oldest",
    ): "The default, `newest`, skips events published before a group's first commit.",
    (
        "pubsub.kafka",
        "initialOffset",
        "newest",
    ): "Only what is published from now on: an earlier event is of no use.",
    (
        "pubsub.kafka",
        "consumerGroup",
        "{appID}-{uuid}",
    ): "Each replica is a group of its own, so each gets every event.",
    (
        "pubsub.kafka",
        "sessionTimeout",
        "6s",
    ): "A killed member keeps its partitions until its session ends.",
    (
        "pubsub.kafka",
        "version",
        "2.4.0",
    ): "With older protocol versions (2.0.0 is the default) an aborted join leaves a "
    "member without a client in the group, and the next join waits until its session ends.",
    (
        "pubsub.kafka",
        "excludeHeaderMetaRegex",
        ".*",
    ): "Dapr passes record headers and the key to the app as HTTP headers: "
    "escape them, so that no record can break a request.",
    ("bindings.cron", "direction", "input"): "Avoids the OPTIONS request before the first call.",
}

FIXED_REFUSALS = {
    (
        "pubsub.kafka",
        "authRequired",
    ): "is an old field; authType replaces it (none, password, mtls, oidc, awsiam)",
    (
        "pubsub.kafka",
        "backOffMaxRetries",
    ): "loses the event silently after the last try; use a resiliency policy and a "
    "dead-letter topic",
}
