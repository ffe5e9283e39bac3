"""A lesson's claims, measured: what was claimed, the figures, and whether it holds here."""

import re
from collections.abc import Mapping
from typing import Literal

Figures = Mapping[str, float | int]

_MARGIN = 3.0  # spreads between the two sides before a verdict decides
_PRINTED = re.compile(r"^(.+: .+)\. It (holds|doesn't hold here|doesn't decide)\.$", re.MULTILINE)


def verdict(
    claim: str, smaller: Figures, larger: Figures, *, spread: float
) -> Literal["holds", "doesn't hold here", "doesn't decide"]:
    """Print a claim that every figure of ``smaller`` lies below every figure of ``larger``, and whether it does.

    Never stops a run: with other pictures or parameters a claim may fail, and the reader asks why. The margin is the
    gap between the two sides, divided by the larger of the two figures that face each other; within three spreads the
    figures don't decide.

    Args:
        claim: a sentence without its full stop.
        smaller, larger: figures by label.
        spread: by which the margin differs over seeds and instruction sets, measured.

    Example:
        >>> verdict("Two steps take longer than one", {"one step": 1.0}, {"two steps": 2.1}, spread=0.05)
        Two steps take longer than one: one step 1 < two steps 2.1. It holds.
        'holds'
    """
    nearest, facing = max(smaller.values()), min(larger.values())
    scale = max(abs(nearest), abs(facing))
    margin = (facing - nearest) / scale if scale else 0.0
    decided = abs(margin) > _MARGIN * spread  # not where a figure is NaN
    word = ("holds" if margin > 0 else "doesn't hold here") if decided else "doesn't decide"
    sides = [", ".join(f"{label} {_shown(figure)}" for label, figure in side.items()) for side in (smaller, larger)]
    sign = {"holds": "<", "doesn't hold here": ">"}.get(word, "~")
    print(f"{claim}: {f' {sign} '.join(sides)}. It {word}.")
    return word


def find_verdicts(text: str) -> tuple[tuple[str, str], ...]:
    """The verdicts in what was printed: each claim with its figures, and the word for whether it holds.

    Example:
        >>> find_verdicts("Two take longer: one 1 < two 2.1. It holds.")
        (('Two take longer: one 1 < two 2.1', 'holds'),)
    """
    return tuple((said, word) for said, word in _PRINTED.findall(text))


def _shown(figure: float | int) -> str:
    return f"{figure:.1f}" if abs(figure) >= 100 else f"{figure:.3g}"
