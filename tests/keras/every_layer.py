"""Every built-in layer, in a few models: one for each shape of input."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

#: Layers that Keras builds only where TensorFlow is installed, whatever the backend.
NEEDS_TENSORFLOW = frozenset(
    {"HashedCrossing", "Hashing", "IntegerLookup", "StringLookup", "TextVectorization"}
)

#: Layers that take boxes or labels beside images, and so stand in no functional model.
NEEDS_LABELS = frozenset({"MaxNumBoundingBoxes"})

#: In a functional model Keras 3.15.1 takes this one for its own input; inside a pipeline it works.
PIPED = frozenset({"Equalization"})

#: Name → options, for what takes one input and needs nothing else.
Table = Mapping[str, Mapping[str, Any]]

VECTORS: Table = {
    "Activation": {"activation": "gelu"},
    "ActivityRegularization": {"l2": 0.1},
    "AlphaDropout": {"rate": 0.2},
    "BatchNormalization": {},
    "CategoryEncoding": {"num_tokens": 300, "output_mode": "multi_hot"},
    "Dense": {"units": 3, "kernel_initializer": "he_normal", "bias_constraint": "non_neg"},
    "Discretization": {"bin_boundaries": [10.0, 100.0]},
    "Dropout": {"rate": 0.2},
    "ELU": {},
    "EinsumDense": {"equation": "ab,bc->ac", "output_shape": 3},
    "Embedding": {"input_dim": 256, "output_dim": 2},
    "Flatten": {},
    "GaussianDropout": {"rate": 0.2},
    "GaussianNoise": {"stddev": 0.2},
    "Identity": {},
    "LayerNormalization": {},
    "LeakyReLU": {},
    "Normalization": {"mean": 3.0, "variance": 2.0},
    "PReLU": {},
    "RMSNormalization": {},
    "ReLU": {"max_value": 6.0},
    "RepeatVector": {"n": 2},
    "Rescaling": {"scale": 0.5},
    "Reshape": {"target_shape": (2, -1)},
    "ReversibleEmbedding": {"input_dim": 256, "output_dim": 2},
    "Softmax": {},
    "UnitNormalization": {},
}

SEQUENCES: Table = {
    "AdaptiveAveragePooling1D": {"output_size": 2},
    "AdaptiveMaxPooling1D": {"output_size": 2},
    "AveragePooling1D": {"pool_size": 2},
    "Conv1D": {"filters": 2, "kernel_size": 2},
    "Conv1DTranspose": {"filters": 2, "kernel_size": 2},
    "Cropping1D": {},
    "DepthwiseConv1D": {"kernel_size": 2},
    "GRU": {"units": 2},
    "GlobalAveragePooling1D": {},
    "GlobalMaxPooling1D": {},
    "LSTM": {"units": 2},
    "Masking": {},
    "MaxPooling1D": {},
    "Permute": {"dims": (2, 1)},
    "SeparableConv1D": {"filters": 2, "kernel_size": 2},
    "SimpleRNN": {"units": 2},
    "SpatialDropout1D": {"rate": 0.2},
    "UpSampling1D": {},
    "ZeroPadding1D": {},
}

PICTURES: Table = {
    "AdaptiveAveragePooling2D": {"output_size": 2},
    "AdaptiveMaxPooling2D": {"output_size": 2},
    "AugMix": {},
    "AutoContrast": {},
    "AveragePooling2D": {"pool_size": 2},
    "CenterCrop": {"height": 4, "width": 4},
    "ContrastLimitedAdaptiveHistogramEqualization": {},
    "Conv2D": {"filters": 2, "kernel_size": 2, "kernel_regularizer": "l2"},
    "Conv2DTranspose": {"filters": 2, "kernel_size": 2},
    "Cropping2D": {},
    "CutMix": {},
    "DepthwiseConv2D": {"kernel_size": 2},
    "Equalization": {},
    "GlobalAveragePooling2D": {},
    "GlobalMaxPooling2D": {},
    "GroupNormalization": {"groups": 3},
    "MaxPooling2D": {},
    "MixUp": {},
    "RandAugment": {},
    "RandomBrightness": {"factor": 0.1},
    "RandomColorDegeneration": {"factor": 0.1},
    "RandomColorJitter": {},
    "RandomContrast": {"factor": 0.1},
    "RandomCrop": {"height": 4, "width": 4},
    "RandomElasticTransform": {},
    "RandomErasing": {},
    "RandomFlip": {},
    "RandomGaussianBlur": {},
    "RandomGrayscale": {},
    "RandomHue": {"factor": 0.1},
    "RandomInvert": {},
    "RandomPerspective": {},
    "RandomPosterization": {"factor": 4},
    "RandomRotation": {"factor": 0.1},
    "RandomSaturation": {"factor": 0.1},
    "RandomSharpness": {"factor": 0.1},
    "RandomShear": {"x_factor": (0.0, 0.1)},
    "RandomTranslation": {"height_factor": 0.1, "width_factor": 0.1},
    "RandomZoom": {"height_factor": 0.1},
    "Resizing": {"height": 4, "width": 4},
    "SeparableConv2D": {"filters": 2, "kernel_size": 2},
    "Solarization": {"addition_factor": 0.1},
    "SpatialDropout2D": {"rate": 0.2},
    "UpSampling2D": {},
    "ZeroPadding2D": {},
}

VOLUMES: Table = {
    "AdaptiveAveragePooling3D": {"output_size": 2},
    "AdaptiveMaxPooling3D": {"output_size": 2},
    "AveragePooling3D": {"pool_size": 2},
    "Conv3D": {"filters": 2, "kernel_size": 2},
    "Conv3DTranspose": {"filters": 2, "kernel_size": 2},
    "ConvLSTM2D": {"filters": 2, "kernel_size": 2},
    "Cropping3D": {},
    "GlobalAveragePooling3D": {},
    "GlobalMaxPooling3D": {},
    "MaxPooling3D": {},
    "SpatialDropout3D": {"rate": 0.2},
    "UpSampling3D": {},
    "ZeroPadding3D": {},
}

SOUND: Table = {"MelSpectrogram": {"fft_length": 64}}
WAVES: Table = {"STFTSpectrogram": {"frame_length": 64, "frame_step": 32, "fft_length": 64}}

LINES: Table = {"ConvLSTM1D": {"filters": 2, "kernel_size": 2}}
CUBES: Table = {"ConvLSTM3D": {"filters": 2, "kernel_size": 2}}

#: Title → shape of a row, and the layers that take it.
GROUPS: Mapping[str, tuple[tuple[int, ...], Table]] = {
    "vectors": ((8,), VECTORS),
    "sequences": ((6, 4), SEQUENCES),
    "pictures": ((8, 8, 3), PICTURES),
    "volumes": ((4, 4, 4, 2), VOLUMES),
    "sound": ((600,), SOUND),
    "waves": ((600, 1), WAVES),
    "lines": ((3, 4, 2), LINES),
    "cubes": ((2, 4, 4, 4, 2), CUBES),
}


def group(title: str) -> Any:
    """A functional model with one output for each layer of the group."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(1)
    shape, table = GROUPS[title]
    inputs = keras.Input(shape)
    made = {name: getattr(layers, name)(**options) for name, options in table.items()}
    made |= {name: layers.Pipeline([made[name]]) for name in PIPED if name in made}
    return keras.Model(inputs, [layer(inputs) for layer in made.values()])


def merging() -> Any:
    """Layers that take two inputs: merges and attention."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(2)
    one, two = keras.Input((6, 4)), keras.Input((6, 4))
    names = ("Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract")
    outputs = [getattr(layers, name)()([one, two]) for name in names]
    outputs += [
        layers.Dot(axes=-1)([one, two]),
        layers.Attention(use_scale=True)([one, two]),
        layers.AdditiveAttention()([one, two]),
        layers.MultiHeadAttention(2, 3)(one, two),
        layers.GroupQueryAttention(3, 4, 2)(one, two),
    ]
    return keras.Model([one, two], outputs)


def wrapping() -> Any:
    """Layers around other layers: wrappers, cells, pipelines, models in models."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(3)
    inputs = keras.Input((6, 4))
    inner = keras.Sequential([keras.Input((6, 4)), layers.Dense(4), layers.ReLU()], name="inner")
    cells = [layers.GRUCell(2), layers.SimpleRNNCell(3)]
    outputs = [
        layers.Bidirectional(layers.LSTM(2))(inputs),
        layers.TimeDistributed(layers.Dense(2))(inputs),
        layers.SpectralNormalization(layers.Dense(2))(inputs),
        layers.RNN(layers.LSTMCell(2))(inputs),
        layers.RNN(layers.StackedRNNCells(cells))(inputs),
        layers.Pipeline([layers.Rescaling(0.5), layers.Rescaling(2.0)])(inputs),
        inner(inner(inputs)),
    ]
    return keras.Model(inputs, outputs)


def operations() -> Any:
    """What functional models record of `keras.ops`, slices and operators."""
    import keras
    from keras import layers, ops

    keras.utils.set_random_seed(4)
    inputs = keras.Input((6, 4))
    outputs = [
        ops.exp(inputs[:, 1:, ...]) + 1,
        ops.einsum("abc,adc->abd", inputs, inputs) / 3,
        ops.softmax(ops.mean(inputs, axis=1)),
        ops.where(inputs > 0, inputs, ops.zeros_like(inputs)),
        ops.reshape(ops.transpose(inputs, (0, 2, 1)), (-1, 24)),
        layers.Dense(2, activation=keras.activations.silu)(ops.stop_gradient(inputs)),
    ]
    return keras.Model(inputs, outputs)


#: What `merging` and `wrapping` hold, by name.
IN_MODELS = frozenset(
    {
        *("Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract", "Dot"),
        *("Attention", "AdditiveAttention", "MultiHeadAttention", "GroupQueryAttention"),
        *("Bidirectional", "TimeDistributed", "SpectralNormalization", "RNN", "LSTMCell"),
        *("StackedRNNCells", "GRUCell", "SimpleRNNCell", "Pipeline", "InputLayer"),
    }
)

#: Title → model, all of them.
MODELS: Mapping[str, Callable[[], Any]] = {
    **{title: (lambda title=title: group(title)) for title in GROUPS},
    "merging": merging,
    "wrapping": wrapping,
    "operations": operations,
}

COVERED = IN_MODELS.union(*(table for _, table in GROUPS.values()))
