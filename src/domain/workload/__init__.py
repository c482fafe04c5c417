"""Workloads, their replicas and what they run, for every orchestrator."""
