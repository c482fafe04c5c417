"""Checking one workload for an update, and acting on the result."""
