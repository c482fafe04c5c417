"""A folder of manifests as an orchestrator."""
