"""Git repositories: commits and branches by the program `git`."""
