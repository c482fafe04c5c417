"""The dialects of the registries that people use, and real registries beside the CNCF's."""
