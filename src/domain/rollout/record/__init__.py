"""The record of a rollout and of those before it, as they are kept on the workload."""
