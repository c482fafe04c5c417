"""Authentication at registries: challenges, tokens, credentials."""
