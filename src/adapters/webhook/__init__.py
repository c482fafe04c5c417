"""Webhooks: announcements as HTTP requests."""
