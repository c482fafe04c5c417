"""Pull requests on the forges that teams use."""
