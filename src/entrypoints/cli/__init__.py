"""The command line: `watch-cluster COMMAND`. What a command needs is imported when it runs."""
