"""Feed-forward networks: a picture in, a stylised picture out."""

from nst_helpers.networks.adain import ENCODED_LAYER, ENCODER, AdaINNet, EncodedPhoto, EncodedStyle
from nst_helpers.networks.blocks import ConvBlock, Norm, ResidualBlock
from nst_helpers.networks.checkpoint import (
    bundled_networks,
    convolve_in,
    load_network,
    read_tensors,
    require_network_file,
    save_network,
)
from nst_helpers.networks.fast import Mix, TransformNet, shares_of
from nst_helpers.networks.matching import METHODS, Matching, adain, exchange_moments, match_features
from nst_helpers.networks.reconet import ReCoNet
from nst_helpers.networks.settings import AnyStyleSettings, LightSettings, PadSettings, PaintSettings, ShownSettings

__all__ = [
    "ENCODED_LAYER",
    "ENCODER",
    "METHODS",
    "AdaINNet",
    "AnyStyleSettings",
    "ConvBlock",
    "EncodedPhoto",
    "EncodedStyle",
    "LightSettings",
    "Matching",
    "Mix",
    "Norm",
    "PadSettings",
    "PaintSettings",
    "ReCoNet",
    "ResidualBlock",
    "ShownSettings",
    "TransformNet",
    "adain",
    "bundled_networks",
    "convolve_in",
    "exchange_moments",
    "load_network",
    "match_features",
    "read_tensors",
    "require_network_file",
    "save_network",
    "shares_of",
]
