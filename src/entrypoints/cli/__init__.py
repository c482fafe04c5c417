"""The command line, `watch-cluster COMMAND`. Commands import their dependencies lazily to start fast."""
