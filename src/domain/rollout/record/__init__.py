"""The record of a rollout and of those before it, as they stand on the workload."""
