"""The Engine API: where it is, requests, and errors."""
