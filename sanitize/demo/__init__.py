"""The main job, end to end: a small Keras model, attacked without and with a guard."""

from sanitize.demo.show import run

__all__ = ["run"]
