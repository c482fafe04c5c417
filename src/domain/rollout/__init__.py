"""Rollouts: the record on the workload, its evaluation, and what happens next."""
