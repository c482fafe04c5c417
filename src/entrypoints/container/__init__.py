"""The dependency injection container."""
