"""Channels for people: chat rooms, push services, e-mail, and what Apprise knows."""
