"""A network for film that is shown one frame at a time: steadiness is in its weights, not in its input."""

from jaxtyping import Float
from torch import Tensor

from nst_helpers.networks.fast import Mix, TransformNet


class ReCoNet(TransformNet):
    """Gao, Gu, Zhang & Yu (2018): Johnson's network with four residual blocks, whose features can be had.

    Encoder and residual blocks are their encoder, `encode`; the rest is their decoder, `decode`. Nothing of it is
    recurrent: the temporal losses, on features and on pictures, act in training alone. Departures: those of
    `TransformNet`. The paper has width 48.

    Example:
        >>> import torch
        >>> picture, features = ReCoNet(8)(torch.rand(2, 3, 48, 32), with_features=True)
        >>> features.shape
        torch.Size([2, 32, 12, 8])
    """

    blocks = 4

    def forward(
        self, image: Float[Tensor, "batch 3 height width"], mix: Mix | None = None, with_features: bool = False
    ) -> (
        Float[Tensor, "batch 3 height width"]
        | tuple[Float[Tensor, "batch 3 height width"], Float[Tensor, "batch channels _ _"]]
    ):
        """The pictures stylised, as `TransformNet` does it; with the encoder's features beside them, if wanted."""
        *_, height, width = image.shape
        features = self.encode(image, mix)
        picture = self.decode(features, (height, width), mix)
        return (picture, features) if with_features else picture
