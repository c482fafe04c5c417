"""Entry points: settings, dependency container, command line and controller."""
