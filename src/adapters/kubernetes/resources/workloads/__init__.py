"""Workloads of each kind: decoded, judged by their progress, patched."""
