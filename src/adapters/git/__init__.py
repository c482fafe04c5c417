"""Manifests in Git: read, edited in place, committed and proposed."""
