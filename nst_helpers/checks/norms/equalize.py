"""``equalize(y)``: each pixel's luminance becomes the share of its picture's pixels that are darker.

Those as bright count half. `images.equalize_luminance` does it for a picture, over 256 levels; the trials' luminances
are 8-bit values, whose levels are the same as those of the numbers themselves.
"""

import torch

from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform


def _equalize(
    y,
    *,
    among=lambda pixels: pixels[:, None],
    count=lambda darker, equal: darker + equal / 2,
    whole=lambda numbers: numbers.shape[-1],
):
    pixels = y.flatten(1)
    others = among(pixels)
    darker, equal = (relation(others, pixels[..., None]).float() for relation in (torch.lt, torch.eq))
    return (count(darker.sum(dim=2), equal.sum(dim=2)) / whole(others)).view_as(y)


def _ranks(y):
    return y.flatten(1).argsort(dim=1, stable=True).argsort(dim=1).view_as(y).float()


def _levels(y):
    """The share of the levels, not of the pixels, that are darker."""
    pictures = []
    for picture in y:
        levels, which = picture.unique(return_inverse=True)
        pictures.append((which + 0.5) / len(levels))
    return torch.stack(pictures)


def _textbook(y):
    """(cdf - least) / (1 - least), which takes the darkest to 0 and the brightest to 1."""
    share = _equalize(y, count=lambda darker, equal: darker + equal)
    least = share.amin(dim=(2, 3), keepdim=True)
    return (share - least) / (1 - least)


def _stretched(y):
    low, high = y.amin(dim=(2, 3), keepdim=True), y.amax(dim=(2, 3), keepdim=True)
    return (y - low) / (high - low)


def _trial(batch, height, width, levels):
    """Pictures of so many levels at most, each darker than the one before, and its bright levels rarer."""
    steps = (levels * uniform(batch, 1, height, width, seed=levels) ** 2).floor() * (250 // levels)
    return ((steps / torch.arange(1, batch + 1).view(-1, 1, 1, 1)).round() / 255,)


def _trials():
    flat = (torch.full((1, 1, 3, 4), 0.6, device="cpu"),)
    return [_trial(2, 3, 4, 5), _trial(1, 2, 5, 4), _trial(3, 4, 4, 7), _trial(2, 20, 14, 250), flat]


check_equalize = Exercise(
    name="equalize",
    right=_equalize,
    trials=_trials,
    mistakes={
        "the pixels of the whole batch are compared; each picture is equalised by itself.": {
            "among": lambda pixels: pixels.flatten()[None, None]
        },
        "this is the share of brighter pixels, which turns black into white; count the darker ones.": (
            lambda y: 1 - _equalize(y)
        ),
        "only the darker pixels count; add half of those that are as bright, or the picture gets too dark.": {
            "count": lambda darker, equal: darker
        },
        "those as bright count whole; add half of them, or the picture gets too bright.": {
            "count": lambda darker, equal: darker + equal
        },
        "the pixel itself isn't among those as bright; it is as bright as itself, so count it too.": {
            "count": lambda darker, equal: darker + (equal - 1) / 2
        },
        "these are numbers of pixels; divide by how many the picture has.": {"whole": lambda numbers: 1},
        "pixels of one brightness come out different, ranked by where they stand, as `argsort` does; count the darker "
        "ones and half of those as bright.": lambda y: (_ranks(y) + 0.5) / y[0].numel(),
        "these are ranks, in which pixels of one brightness differ by where they stand; count the darker ones and half "
        "of those as bright.": lambda y: _ranks(y) / y[0].numel(),
        "every level counts once, however many pixels have it; count the pixels.": _levels,
        "least and greatest are stretched to 0 and 1, and what lies between keeps its proportions; take the share of "
        "darker pixels.": _stretched,
        "this is (cdf - least) / (1 - least), the textbook's, in which a flat picture divides 0 by 0; count half of "
        "those as bright and leave out the stretching.": _textbook,
    },
    verified="each picture by its own pixels, equals counted half, and a flat picture becomes 1/2",
    gradient=False,
)
