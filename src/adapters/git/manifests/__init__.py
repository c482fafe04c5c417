"""Workloads as they are in manifests, and the places of their images."""
