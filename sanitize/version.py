"""The version, alone in a file so that everything can import it."""

__version__ = "0.1.0"
