"""HTTP to the API server: requests, errors, permissions."""
