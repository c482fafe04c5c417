"""What Watch-Cluster writes about workloads, since the labels of a container cannot be changed."""
