"""Notifications sent as webhooks over HTTP."""
