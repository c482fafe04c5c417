"""What people do with a workload by a command: list, approve, release."""
