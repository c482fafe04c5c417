"""HTTP to registries: connections, proxies, TLS, limits and errors."""
