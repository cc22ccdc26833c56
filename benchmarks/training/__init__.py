"""Training recipe of the embedded injection detector; never part of the wheel."""
