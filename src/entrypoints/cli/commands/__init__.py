"""The commands, grouped by what they need."""
