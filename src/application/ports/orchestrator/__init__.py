"""Workloads of an orchestrator: read, written, observed and watched."""
