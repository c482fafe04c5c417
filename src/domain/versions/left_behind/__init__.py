"""Tags that the image has gone on without, and where it has gone."""
