"""``restyle(photo, painting, alpha, encode, match, blend, decode)``: any style at once, of parts that are handed in."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from nst_helpers.checks.adain.adain import check_adain
from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform

_CHANNELS = 4
_adain = check_adain.right


class _Encoder:
    """Means of squares of pixels, their channels mixed; it notes how often it was asked.

    Args:
        cell: side of a square, px; a picture that doesn't fill its last ones is repeated at the border.
    """

    def __init__(self, cell: int):
        self.cell = cell
        self.asked = 0

    def __call__(self, picture: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch 4 rows columns"]:
        """Features of the picture, neither below 0."""
        self.asked += 1
        height, width = picture.shape[-2:]
        whole = F.pad(picture, (0, -width % self.cell, 0, -height % self.cell), mode="replicate")
        mixing = (2 * uniform(_CHANNELS, 3, seed=4) - 0.6).to(picture)
        return torch.einsum("dc,bchw->bdhw", mixing, F.avg_pool2d(whole, self.cell)).relu()


def _decoder(cell):
    """Squares of one colour each, some of them outside [0, 1], in a slope that tells where they stand."""

    def decode(features):
        mixing = (2 * uniform(3, _CHANNELS, seed=5) - 0.8).to(features)
        picture = F.interpolate(torch.einsum("dc,bchw->bdhw", mixing, features), scale_factor=float(cell))
        rows, columns = (torch.arange(side).to(features) for side in picture.shape[-2:])
        return picture + 0.02 * rows[:, None] - 0.01 * columns

    return decode


def _brightest(content, style):
    """Each channel stretched to the style's greatest value."""
    greatest = content.amax(dim=(2, 3), keepdim=True).clamp(min=1e-3)
    return content / greatest * style.amax(dim=(2, 3), keepdim=True)


def _shifted(content, style):
    return content - content.mean(dim=(2, 3), keepdim=True) + style.mean(dim=(2, 3), keepdim=True)


def _blended(features, matched, alpha):
    """By strength; matched features of another size are fitted to the others, so that a wrong answer has a result."""
    strength = alpha.view(-1, 1, 1, 1)
    return strength * F.adaptive_avg_pool2d(matched, features.shape[-2:]) + (1 - strength) * features


def _cut(picture, photo):
    return picture[..., : photo.shape[2], : photo.shape[3]]


def _restyle(
    photo,
    painting,
    alpha,
    encode,
    match,
    blend,
    decode,
    *,
    hung=lambda painting, photo: painting,
    matching=lambda match, features, style: match(features, style),
    blending=lambda blend, features, matched, alpha: blend(features, matched, alpha),
    fit=_cut,
    clip=lambda picture: picture.clamp(0, 1),
):
    features, style = encode(photo), encode(hung(painting, photo))
    mixed = blending(blend, features, matching(match, features, style), alpha)
    return clip(fit(decode(mixed), photo))


def _blended_pictures(photo, painting, alpha, encode, match, blend, decode):
    painted = _cut(decode(match(encode(photo), encode(painting))), photo).clamp(0, 1)
    return blend(photo, painted, alpha)


def _trial(batch, size, painting, cell, match):
    photo, style = uniform(batch, 3, *size), uniform(1, 3, *painting, seed=1) ** 2
    alpha = 0.3 + 0.6 * uniform(batch, seed=2)
    return photo, style, alpha, _Encoder(cell), match, _blended, _decoder(cell)


def _trials():
    return [
        _trial(2, (6, 8), (6, 8), 2, _shifted),
        _trial(1, (7, 10), (9, 5), 4, _brightest),
        _trial(3, (8, 5), (6, 11), 3, _shifted),
        _trial(2, (9, 12), (7, 8), 4, _adain),
    ]


def _also(trial, given):
    encode = trial[3]
    if encode.asked > 2:
        return (
            f"encodes {encode.asked} times: two are enough, all photos at once and the painting; keep the features, as "
            "encoding is slow."
        )
    return None


check_restyle = Exercise(
    name="restyle",
    right=_restyle,
    trials=_trials,
    mistakes={
        "`match` was given the painting first; the photo's features come first, `match(features, style)`.": {
            "matching": lambda match, features, style: match(style, features)
        },
        "AdaIN stands fixed in your code; call `match`, the argument, which may be another method.": {
            "matching": lambda match, features, style: _adain(features, style)
        },
        "`blend` was given the matched features first; the photo's come first, `blend(features, matched, alpha)`.": {
            "blending": lambda blend, features, matched, alpha: blend(matched, features, alpha)
        },
        "alpha is ignored, and the style is always at full strength; decode what `blend` gives.": {
            "blending": lambda blend, features, matched, alpha: blend(features, matched, torch.ones_like(alpha))
        },
        "the pictures are blended, which shows the photo through the painting; blend the features and decode them.": (
            _blended_pictures
        ),
        "the painting was resized to the photo's size, which changes its brush strokes; encode it as it comes.": {
            "hung": lambda painting, photo: F.interpolate(
                painting, photo.shape[-2:], mode="bilinear", align_corners=False
            )
        },
        "the result has the size of whole cells; cut it to the photo's, `[..., :height, :width]`.": {
            "fit": lambda picture, photo: picture
        },
        "colours fall outside [0, 1]; bring them back at the end, with `.clamp(0, 1)`.": {
            "clip": lambda picture: picture
        },
    },
    verified="encoded, matched, blended, decoded, at the photo's size and in [0, 1], whatever the parts are",
    gradient=False,
    also=_also,
)
