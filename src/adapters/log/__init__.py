"""Events as log lines."""
