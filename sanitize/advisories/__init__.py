"""Published holes in installed packages, answered without a network."""
