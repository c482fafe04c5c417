"""Which address, proxy and connection a request to a registry uses."""
