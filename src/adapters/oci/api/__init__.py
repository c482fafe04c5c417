"""The OCI distribution API: tags, manifests, platforms."""
