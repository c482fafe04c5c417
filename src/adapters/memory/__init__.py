"""In-memory adapters for the demo and for tests."""
