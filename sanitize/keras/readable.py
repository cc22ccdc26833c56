"""What can be read of a bare model through its guard."""

from __future__ import annotations

#: Attributes and methods of `keras.Model` that take no input and change nothing.
READABLE: frozenset[str] = frozenset(
    {
        "built",
        "compute_dtype",
        "count_params",
        "dtype",
        "dtype_policy",
        "get_config",
        "get_layer",
        "get_weights",
        "input",
        "input_dtype",
        "input_names",
        "input_shape",
        "input_spec",
        "inputs",
        "layers",
        "loss",
        "metrics_names",
        "name",
        "non_trainable_variables",
        "non_trainable_weights",
        "optimizer",
        "output",
        "output_names",
        "output_shape",
        "outputs",
        "path",
        "summary",
        "supports_masking",
        "to_json",
        "trainable",
        "trainable_variables",
        "trainable_weights",
        "variable_dtype",
        "variables",
        "weights",
    }
)
