"""Policies: what the settings on a workload, its namespace and the controller add up to."""
