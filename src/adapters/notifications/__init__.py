"""Notifications to webhooks and channels, delivered in the background."""
