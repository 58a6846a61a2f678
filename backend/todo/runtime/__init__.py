"""The seam to PostgreSQL, Kafka, Dapr and HTTP (`ports`). Nothing in it depends on tasks or other subjects."""
