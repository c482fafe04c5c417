"""Push notifications of registries, received over HTTP."""
