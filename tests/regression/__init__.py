"""Notebooks as regression tests: what they print and draw must stay what is stored in them.

``plugin`` runs each notebook below nbval and compares what its cells give with what is stored;
``regenerate`` runs them and stores what they give; ``structure`` holds the rules of the house.

What is compared, and how strictly, stands in the tags of a cell:

==================  ================================================================================
no tag              numbers within 1 %, integers and words exactly, pictures within 2 grey levels
``nbval-rtol=0.05`` numbers within 5 %
``nbval-atol=0.1``  numbers within 0.1 of each other, or as near as ``nbval-rtol`` says
``nbval-png=8``     pictures within 8 grey levels of 255 on average, and 5 times that in one tile
``nbval-blur=48``   pictures are blurred by 48 px before that, in place of 1.5 (see ``pictures``)
``measures``        the cell holds seconds or megabytes: any number will do, and any picture of the
                    same size; words, a verdict's among them, still have to be the same
``raises-exception`` the error is the lesson, and is compared like an output
``nbval-skip``, ``nbval-ignore-output``  as in nbval: not run, or run but not compared
==================  ================================================================================
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace

RTOL = 1e-2
ATOL = 1e-6
PICTURE_MEAN = 2.0  # grey levels of 255
PICTURE_BLUR = 1.5  # px
ACCEPT = "make notebooks"


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How closely the outputs of one cell have to agree with the stored ones."""

    rtol: float = RTOL
    atol: float = ATOL
    picture_mean: float = PICTURE_MEAN
    picture_blur: float = PICTURE_BLUR
    measures: bool = False

    @classmethod
    def from_tags(cls, tags: Iterable[str]) -> "Rules":
        """Read the rules from a cell's tags; ``ValueError`` for an `nbval-...=` that means nothing."""
        names = {
            "nbval-rtol": "rtol",
            "nbval-atol": "atol",
            "nbval-png": "picture_mean",
            "nbval-blur": "picture_blur",
        }
        rules = cls(measures="measures" in (tags := list(tags)))
        for tag in tags:
            name, equals, value = tag.partition("=")
            if not (name.startswith("nbval-") and equals):
                continue
            try:
                rules = replace(rules, **{names[name]: float(value)})
            except (KeyError, ValueError):
                known = " or ".join(f"{known}=NUMBER" for known in names)
                raise ValueError(f"the tag {tag!r} means nothing: write {known}") from None
        return rules


def kernel_environment() -> dict[str, str]:
    """The environment in which outputs are made and compared: no progress bars, figures inline.

    ``MPLBACKEND`` is left out because a test run often sets it to Agg, which shows no figure at all.
    """
    environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    return environment | {"TQDM_DISABLE": "1"}
