"""The product at work without a cluster and without a network."""
