"""Feed-forward networks: a picture in, a stylised picture out."""

from nst_helpers.networks.blocks import ConvBlock, Norm, ResidualBlock
from nst_helpers.networks.fast import Mix, TransformNet, shares_of

__all__ = ["ConvBlock", "Mix", "Norm", "ResidualBlock", "TransformNet", "shares_of"]
