"""Image registries and the credentials for them."""
