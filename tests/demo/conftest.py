"""Keras runs on JAX here, unless the environment says otherwise before."""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "jax")
