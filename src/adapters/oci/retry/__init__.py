"""Retries, back-off and rate limits."""
