"""Images of live workloads, written back to the repositories that their manifests come from."""
