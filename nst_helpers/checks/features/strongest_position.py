"""``strongest_position(features, channel)``: (row, column) of the channel's highest activation."""

from nst_helpers.checks import answers
from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform


def _strongest_position(
    features,
    channel,
    *,
    chosen=lambda features, channel: features[0, channel],
    width=lambda features: features.shape[3],
    give=lambda row, column: (row, column),
):
    index = chosen(features, channel).flatten().argmax().item()
    return give(*divmod(index, width(features)))


def _trial(shape, channel, peak, *, seed, scale=1.0, lift=0.0):
    """Positive and negative values but for the lift, in the channel half as large as in the others."""
    features = 4 * uniform(1, *shape, seed=seed) - 3
    features[0, channel] /= 2
    features[0, channel, *peak] = features[0, channel].max() + 0.02
    return features * scale + lift, channel


def _trials():
    return [
        _trial((4, 5, 7), 2, (1, 4), seed=15),
        _trial((3, 6, 4), 1, (4, 2), seed=1, scale=100),
        _trial((4, 3, 5), 3, (2, 4), seed=2, scale=100, lift=-5000),  # where nothing is found
        _trial((2, 4, 9), 0, (0, 0), seed=3),
        _trial((8, 15, 11), 5, (14, 3), seed=4, lift=4.2),  # positive everywhere
    ]


check_strongest_position = Exercise(
    name="strongest_position",
    right=_strongest_position,
    trials=_trials,
    mistakes={
        "row and column are swapped: give the row first.": {"give": lambda row, column: (column, row)},
        "the index is divided by the height; a row has as many numbers as the map is wide, so divide by the width.": {
            "width": lambda features: features.shape[2]
        },
        "this is the lowest activation; take `argmax`.": {"chosen": lambda features, channel: -features[0, channel]},
        "the sign is lost: a strongly negative value was taken for a high one; leave `abs` (or the square) out.": {
            "chosen": lambda features, channel: features[0, channel].abs()
        },
        "a map that is negative everywhere has a highest value too: don't begin the search with 0.": {
            "chosen": lambda features, channel: features[0, channel].relu()
        },
        "the search goes over all channels; take `features[0, channel]` first.": {
            "chosen": lambda features, channel: features
        },
        "the position is that of the highest activation of all channels; take `features[0, channel]` first.": {
            "chosen": lambda features, channel: features[0].amax(dim=0)
        },
        "rows and columns are counted from 1; count them from 0, as Python does.": {
            "give": lambda row, column: (row + 1, column + 1)
        },
        "this is the row with the highest sum and the column with the highest sum; find one single position.": (
            lambda f, c: (f[0, c].sum(dim=1).argmax().item(), f[0, c].sum(dim=0).argmax().item())
        ),
    },
    verified="row and column of the channel's highest value, whatever its sign",
    gradient=False,
    read=answers.integers("row", "column"),
)
