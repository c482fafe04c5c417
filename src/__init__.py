"""Watch-Cluster keeps the container images of a Kubernetes cluster up to date, safely."""
