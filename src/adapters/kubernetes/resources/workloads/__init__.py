"""Workloads of each kind: decoding, progress and patches."""
