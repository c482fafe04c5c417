"""HTTP as several adapters use it: deadlines, proxies, authorities, a server with limits."""
