"""The Kubernetes API as an orchestrator, a place for Events and a lease."""
