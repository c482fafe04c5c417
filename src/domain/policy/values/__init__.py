"""The values of single settings: how each is parsed, and what it means."""
