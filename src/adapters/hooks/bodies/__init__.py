"""What registries and forges write about a push, one function for each format."""
