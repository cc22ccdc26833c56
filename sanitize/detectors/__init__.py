"""Detectors: read every text of a sample, score it, and never change it."""
