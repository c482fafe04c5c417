"""Detects tags that are left behind, and their successors."""
