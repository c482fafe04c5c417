"""The ports for notifications and monitoring."""
