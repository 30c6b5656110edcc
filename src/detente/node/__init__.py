"""Where it happens: storage, logs, replication, release, clock. The one room with effects on shared state."""
