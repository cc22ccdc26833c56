"""Arrays of numbers: dtype, then shape, then range."""
