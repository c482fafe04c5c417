"""Watches: caches that follow the API server."""
