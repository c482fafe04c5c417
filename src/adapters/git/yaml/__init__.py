"""YAML with the position of every value, so that one value can be replaced in place."""
