"""Images: references, platforms, registry credentials, mirrors and rate limits."""
