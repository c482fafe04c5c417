"""Workloads as they stand in manifests, and the places of their images."""
