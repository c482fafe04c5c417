"""The controller's settings, read from environment variables."""
