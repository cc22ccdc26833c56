"""Images: headers first, limits next, and pixels only out of the sandbox."""
