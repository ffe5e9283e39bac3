"""``count_norm(channels, kind, styles)``: how many numbers a network's norms learn, and how many they store beside."""

from nst_helpers.checks import answers
from nst_helpers.checks.exercise import Exercise


def _rows(kind, styles):
    return styles if kind == "conditional_instance" else 1


def _count_norm(
    channels,
    kind,
    styles=1,
    *,
    size=sum,
    learned=lambda size, kind, styles: 2 * size * _rows(kind, styles),
    stored=lambda size, kind, layers: 2 * size if kind == "batch" else 0,
):
    return learned(size(channels), kind, styles), stored(size(channels), kind, len(channels))


def _trials():
    johnson = [32, 64, *[128] * 11, 64, 32]  # TransformNet of width 32
    return [
        ([3, 5], "instance"),
        ([8, 16, 4], "batch"),
        ([4, 6], "conditional_instance", 3),
        ([7, 2, 9], "none"),
        (johnson, "batch"),
        (johnson, "conditional_instance", 10),
        ([], "batch"),
    ]


def _read(name, given, trial):
    """Two integers, under the kind that they are the answer to."""
    _, kind, *styles = trial
    case = f'"{kind}"' + "".join(f" of {number} styles" for number in styles)
    return {case: answers.integers("learned", "stored")(name, given)[""]}


def _without(kind):
    return {"learned": lambda size, given, styles: 0 if given == kind else 2 * size * _rows(given, styles)}


check_count_norm = Exercise(
    name="count_norm",
    right=_count_norm,
    trials=_trials,
    mistakes={
        "each channel has a gamma and a beta: 2 numbers.": {
            "learned": lambda size, kind, styles: size * _rows(kind, styles)
        },
        "without normalisation gamma and beta are left, and learned.": _without("none"),
        "torch's InstanceNorm2d has no gamma and beta by default; here every norm has them.": _without("instance"),
        "running mean and variance are counted as learned; no gradient moves them: they are stored beside.": {
            "learned": lambda size, kind, styles: 2 * size * _rows(kind, styles) * (1 + (kind == "batch")),
            "stored": lambda size, kind, layers: 0,
        },
        "`styles` is left out; conditional instance norm has a row of gammas and betas for each style.": {
            "learned": lambda size, kind, styles: 2 * size
        },
        "instance norm takes mean and variance from the picture before it, so it stores nothing.": {
            "stored": lambda size, kind, layers: 0 if kind == "none" else 2 * size
        },
        "batch norm stores a variance beside the mean, both for each channel.": {
            "stored": lambda size, kind, layers: size if kind == "batch" else 0
        },
        "batch norm stores a running mean and a running variance, which it needs for a single picture.": {
            "stored": lambda size, kind, layers: 0
        },
        "torch's BatchNorm2d also counts its batches, one number more a layer; count mean and variance alone.": {
            "stored": lambda size, kind, layers: 2 * size + layers if kind == "batch" else 0
        },
        "only the last layer counts; add up all of `channels`.": {"size": lambda channels: sum(channels[-1:])},
    },
    verified="gamma and beta in all, a row for each style, and batch norm's mean and variance beside them",
    gradient=False,
    read=_read,
)
