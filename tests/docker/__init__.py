"""Tests on a real Docker Engine."""
