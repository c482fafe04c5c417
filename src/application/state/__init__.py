"""What the leader keeps in memory; all of it can be rebuilt from the workloads."""
