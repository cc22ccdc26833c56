"""Tests; they mirror sanitize/. A package, so that rooms may have files of the same name."""
