"""The demo, which needs neither a cluster nor a network."""
