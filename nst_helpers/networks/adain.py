"""Any style at once: Huang & Belongie's network, whose encoder is VGG-19 and whose decoder alone is trained."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from nst_helpers.gatys.pictures import as_list, load_masks, style_shares
from nst_helpers.images import Picture, keep_luminance, load_image, match_color
from nst_helpers.networks.blocks import padded, reflected
from nst_helpers.networks.matching import METHODS
from nst_helpers.networks.settings import AnyStyleSettings
from nst_helpers.runtime import require_choice, takes
from nst_helpers.vgg import NetworkSettings, VGGFeatures

ENCODER = {"weights": "original", "pooling": "max", "padding": "reflect", "normalized": True}
"""The encoder's options, as `vgg.NetworkSettings` has them, beside device and precision."""

ENCODED_LAYER = "relu4_1"
_STRIDE, _SMALLEST = 8, 16  # px: the encoder's, and the least that it takes
_STYLE_SIZE = 512  # px, the longer side at which names and files of paintings are loaded, the paper's

# Each convolution's channels, and whether the map is enlarged after it: the encoder mirrored (the paper's section 5).
_DECODER = [(512, 256, True), (256, 256, False), (256, 256, False), (256, 256, False), (256, 128, True),
            (128, 128, False), (128, 64, True), (64, 64, False), (64, 3, False)]  # fmt: skip


class EncodedStyle:
    """A painting's features, and what each method keeps of them, measured when it is first needed.

    Attributes:
        painting: the picture.
        features: at relu4_1.
    """

    def __init__(self, painting: Float[Tensor, "1 3 height width"], features: Float[Tensor, "1 512 _ _"]):
        self.painting, self.features = painting, features
        self._measured: dict[str, Any] = {}

    def measured(self, method: str) -> Any:
        """The statistic of a method in `networks.METHODS`."""
        if method not in self._measured:
            self._measured[method] = METHODS[method].measure(self.features)
        return self._measured[method]


class AdaINNet(nn.Module):
    """Encode photo and painting, give the photo's features the painting's statistics, decode (Huang & Belongie 2017).

    The encoder is VGG-19 to relu4_1, made when it is first needed, on the decoder's device and in the number format of
    its convolutions; it is no part of the network's weights. The decoder mirrors it, with reflected borders,
    enlargement by nearest neighbours, and no normalisation.

    Args:
        encoder: its options where they differ from `ENCODER`: a decoder understands the encoder of its training alone.

    Raises:
        ValueError: an option of the encoder that isn't in `ENCODER`, or that can't be.

    Example:
        >>> network = load_network("adain")  # doctest: +SKIP
        >>> style = network.encode("starry_night")  # doctest: +SKIP
        >>> network(load_image("chelsea", 256), style, alpha=0.7)  # doctest: +SKIP
    """

    def __init__(self, encoder: Mapping[str, object] = ENCODER):
        super().__init__()
        for name in encoder:
            require_choice("option of the encoder", name, ENCODER)
        self.arguments = {"encoder": {**ENCODER, **encoder}}  # of the constructor
        NetworkSettings(**self.arguments["encoder"])  # whether they are known
        self.facts: dict[str, object] = {}  # of its training
        self.decoder = nn.ModuleList([nn.Conv2d(given, wanted, 3) for given, wanted, _ in _DECODER])
        self._encoders: dict[tuple[torch.device, torch.dtype], VGGFeatures] = {}

    @takes(AnyStyleSettings)
    def forward(
        self,
        photo: Picture | Float[Tensor, "batch 3 height width"] | Float[Tensor, "batch 512 _ _"],
        style: "Picture | EncodedStyle | Sequence[Picture | EncodedStyle] | None" = None,
        *,
        settings: AnyStyleSettings,
    ) -> Float[Tensor, "batch 3 height width"]:
        """The photos in the style of one painting or of a mixture, in [0, 1], each at its own size.

        Args:
            photo: a bundled name, a file, a Pillow image or a tensor in [0, 1], of several photos too.
            style: a painting of any size or what `encode` gave, or a list of these. Left out, the photo's place takes
                features, which are decoded: so the decoder is trained.

        Statistics are those of the whole photo, under a mask too. At each place a style's share is its mask times its
        weight; if they sum to more than 1 they are divided by the sum, if to less the photo's features fill it up.

        Raises:
            ValueError: pictures, weights or masks that can't be used.
        """
        if style is None:
            return self._decode(_features_in(photo))
        photo = self._load(photo)
        styles = self._styles(style, photo, settings)
        shares = style_shares(settings.style_weights, settings.masks, len(styles))
        if not sum(shares):
            raise ValueError("the style_weights are all 0: give one of them a number above 0, or take alpha=0.")
        features = self.encode_photo(photo)
        matched = [METHODS[settings.method].apply(features, one.measured(settings.method)) for one in styles]
        masks = load_masks(settings.masks, photo, len(styles))
        places = [None if mask is None else F.avg_pool2d(_padded(mask), _STRIDE) for mask in masks]
        mixed = _mixed(features, matched, shares, places)
        features = settings.alpha * mixed + (1 - settings.alpha) * features
        height, width = photo.shape[-2:]
        result = self._decode(features)[..., :height, :width]
        return keep_luminance(photo, result) if settings.preserve_color == "luminance" else result

    @torch.no_grad()
    def encode(self, painting: Picture) -> EncodedStyle:
        """The painting's features, to be given in its place: a style used often is encoded once.

        Raises ValueError for a picture that can't be read, or with a side below 16 px.
        """
        painting = self._load_style(painting)
        return EncodedStyle(painting, self.encoder(painting)[ENCODED_LAYER])

    def encode_photo(self, photo: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch 512 _ _"]:
        """The photos' features, for an eighth of their sides, rounded up; decoded they are that much larger."""
        return self.encoder(_padded(photo))[ENCODED_LAYER]

    @property
    def encoder(self) -> VGGFeatures:
        """VGG-19 to relu4_1, of the decoder's device and number format."""
        weight = self.decoder[0].weight
        kind = weight.device, weight.dtype
        if kind not in self._encoders:
            here = {"device": str(weight.device), "precision": str(weight.dtype).removeprefix("torch.")}
            self._encoders = {kind: VGGFeatures([ENCODED_LAYER], **self.arguments["encoder"], **here)}
        return self._encoders[kind]

    @property
    def _device(self) -> torch.device:
        return self.decoder[0].weight.device

    def _load(self, photo: Picture) -> Tensor:
        """One photo or several, each through the checks of `load_image`."""
        several = isinstance(photo, Tensor) and photo.ndim == 4 and len(photo) > 1
        return torch.cat([load_image(one) for one in (photo.split(1) if several else [photo])]).to(self._device)

    def _load_style(self, painting: Picture) -> Tensor:
        painting = load_image(painting, None if isinstance(painting, Tensor) else _STYLE_SIZE).to(self._device)
        height, width = painting.shape[-2:]
        if min(height, width) < _SMALLEST:
            raise ValueError(
                f"a style is {width}x{height} px: its short side needs at least {_SMALLEST} px; take a larger picture."
            )
        return painting

    def _styles(self, style: Any, photo: Tensor, settings: AnyStyleSettings) -> list[EncodedStyle]:
        """Encoded; those whose colours are matched to the photo's, after that."""
        given = as_list(style)
        if settings.preserve_color != "match":
            return [one if isinstance(one, EncodedStyle) else self.encode(one) for one in given]
        if len(photo) > 1:
            raise ValueError('preserve_color="match" takes one photo at a time: its colours are the painting\'s.')
        paintings = [one.painting if isinstance(one, EncodedStyle) else self._load_style(one) for one in given]
        return [self.encode(match_color(painting, photo)) for painting in paintings]

    def _decode(self, features: Tensor) -> Tensor:
        x = features.to(self.decoder[0].weight.dtype).contiguous(memory_format=torch.channels_last)
        for conv, (_, _, enlarged) in zip(self.decoder, _DECODER, strict=True):
            x = conv(reflected(x, 1))
            if conv is not self.decoder[-1]:
                x = F.relu(x)
            if enlarged:
                x = F.interpolate(x, scale_factor=2.0, mode="nearest")
        return x.float() if self.training else x.float().clamp(0, 1)


def _features_in(photo: Any) -> Tensor:
    """What may be decoded without a style."""
    if isinstance(photo, Tensor) and photo.ndim == 4 and photo.shape[1] == _DECODER[0][0]:
        return photo
    raise ValueError("no style was given: name a painting, such as starry_night, or several.")


def _padded(x: Tensor) -> Tensor:
    return padded(x, _STRIDE, _SMALLEST)


def _mixed(
    features: Tensor, matched: Sequence[Tensor], shares: Sequence[float], places: Sequence[Tensor | None]
) -> Tensor:
    """Convex combinations of the matched features, at each place by its masks; where all are black, the photo's own."""
    if places[0] is None:
        return sum(share / sum(shares) * one for share, one in zip(shares, matched, strict=True))
    weights = [share * place for share, place in zip(shares, places, strict=True)]
    total = sum(weights)
    mixed = sum(weight * one for weight, one in zip(weights, matched, strict=True))
    return (mixed + (1 - total).clamp(min=0) * features) / total.clamp(min=1)
