"""Workloads, their replicas and the images they run, independent of the orchestrator."""
