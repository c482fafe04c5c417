"""Queries to registries: through mirrors, with credentials, deduplicated."""
