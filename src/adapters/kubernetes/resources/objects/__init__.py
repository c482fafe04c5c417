"""What all objects of the API have in common."""
