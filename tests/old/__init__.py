"""Watch-Cluster on the oldest Kubernetes that it supports, see `--old`."""
