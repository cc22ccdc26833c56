"""Benchmarks: `make bench` runs them all. Medians and ratios from one run, never a timed test."""
