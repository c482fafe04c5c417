"""Reconciling one workload: its detection, its rollout, manual changes, notifications."""
