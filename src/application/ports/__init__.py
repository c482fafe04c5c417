"""What the use cases need of the world, one module for each port."""
