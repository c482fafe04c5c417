"""Adapters to what keeps traces."""
