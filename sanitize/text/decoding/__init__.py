"""Readings: what a text says once it is decoded."""
