"""Feed-forward networks: a picture in, a stylised picture out."""

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
from nst_helpers.networks.settings import LightSettings, PaintSettings

__all__ = [
    "ConvBlock",
    "LightSettings",
    "Mix",
    "Norm",
    "PaintSettings",
    "ResidualBlock",
    "TransformNet",
    "bundled_networks",
    "convolve_in",
    "load_network",
    "read_tensors",
    "require_network_file",
    "save_network",
    "shares_of",
]
