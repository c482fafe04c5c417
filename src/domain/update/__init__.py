"""Updates: which candidate a workload gets, and why it is held."""
