"""VGG-19 as a dictionary of named features."""

from nst_helpers.vgg.features import STYLE_LAYERS, Features, VGGFeatures, channel_means
from nst_helpers.vgg.field import ReceptiveField, receptive_field
from nst_helpers.vgg.memory import estimate_memory, require_memory
from nst_helpers.vgg.settings import NetworkSettings
from nst_helpers.vgg.weights import (
    WEIGHTS,
    Convolutions,
    architecture,
    layer_names,
    load_convolutions,
    packaged_file,
    packaged_means,
    preprocessing,
    rescale,
)

__all__ = [
    "STYLE_LAYERS",
    "WEIGHTS",
    "Convolutions",
    "Features",
    "NetworkSettings",
    "ReceptiveField",
    "VGGFeatures",
    "architecture",
    "channel_means",
    "estimate_memory",
    "layer_names",
    "load_convolutions",
    "packaged_file",
    "packaged_means",
    "preprocessing",
    "receptive_field",
    "require_memory",
    "rescale",
]
