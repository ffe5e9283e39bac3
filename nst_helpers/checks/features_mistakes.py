"""Wrong formulas that people write in lesson 01's exercises about maps and goals, each with the words that name it.

A check computes them on its random tensors; the one that agrees with the student's numbers is the diagnosis. Those
about positions are in `field_mistakes`, those about frequencies in `spectrum_mistakes`.
"""

from functools import partial

import torch

from nst_helpers.checks.comparing import Mistake
from nst_helpers.checks.features_formulas import as_picture, robust_goal

# ruff: noqa: E731 -- a table of formulas

_span = lambda m: (m.max() - m.min()).clamp(min=1e-12)
_quotient = lambda one, other: (one / other).nan_to_num()

AS_PICTURE: list[Mistake] = [
    (lambda m: _quotient(m, m.max()), "the minimum isn't subtracted; without it the lowest value isn't 0."),
    (lambda m: m / _span(m), "it is divided by max - min, but the minimum isn't subtracted first."),
    (lambda m: m - m.min(), "only the minimum is subtracted; divide by max - min, so that the highest value is 1."),
    (
        lambda m: _quotient(m - m.min(), m.max()),
        "it is divided by the old maximum; once the minimum is subtracted, the highest value is max - min.",
    ),
    (lambda m: m.clamp(0, 1), "values are cut off at 0 and 1, which loses what lies outside; scale them instead."),
    (lambda m: m.sigmoid(), "a sigmoid bends the values and reaches neither 0 nor 1; subtract and divide only."),
    (
        lambda m: _quotient(m - m.mean(), m.std()),
        "it is standardised by mean and deviation; take the minimum and the maximum.",
    ),
    (lambda m: 255 * as_picture(m), "it goes up to 255; up to 1 is wanted."),
    (lambda m: 2 * as_picture(m) - 1, "it goes from -1 to 1; from 0 to 1 is wanted."),
    (
        lambda m: as_picture(-m) * (m.max() > m.min()),
        "it is upside down: the lowest value became 1, the highest 0.",
    ),
    (
        lambda m: (_quotient(m, m.abs().max()) + 1) / 2,
        "0 became 0.5, as for a map with a sign; stretch from the minimum to the maximum.",
    ),
    (lambda m: _quotient(m.relu(), m.max()), "what is negative was cut off; a map before its ReLU has it too."),
    (
        lambda m: _quotient(m - m.amin(1, True), m.amax(1, True) - m.amin(1, True)),
        "each row is scaled by itself; take one minimum and one maximum for the map.",
    ),
    (
        lambda m: _quotient(m - m.amin(0, True), m.amax(0, True) - m.amin(0, True)),
        "each column is scaled by itself; take one minimum and one maximum for the map.",
    ),
    (lambda m: _quotient(m, m.sum()), "it is divided by the sum; take the minimum and the maximum."),
    (
        lambda m: as_picture(m) if m.max() > m.min() else m.new_ones(m.shape),
        "a constant map gives ones; it shows nothing, so give zeros.",
    ),
    (
        lambda m: as_picture(m) if m.max() > m.min() else m,
        "a constant map comes back as it is; it shows nothing, so give zeros.",
    ),
    *(
        (
            partial(as_picture, slack=slack),
            f"the {slack:g} that is added to the divisor against a division by zero dims a faint map, whose highest "
            "value should be 1 as well; `.clamp(min=1e-12)` changes no other divisor.",
        )
        for slack in (1.0, 0.1, 0.01, 0.001, 1e-4)
    ),
]

_of = lambda features, channel: features[:, channel]

CHANNEL_GOAL: list[Mistake] = [
    (lambda f, c: _of(f, c).mean(), "the pictures of the batch are averaged too; give one number for each."),
    (lambda f, c: _of(f, c).sum(), "all is summed up, the pictures of the batch too; give the mean of each picture."),
    (lambda f, c: _of(f, c).sum(dim=(1, 2)), "the positions are summed; take their mean, or a larger picture wins."),
    (
        lambda f, c: _of(f, c).amax(dim=(1, 2)),
        "this is the highest activation alone; take the mean of all positions.",
    ),
    (
        lambda f, c: f.mean(dim=(1, 2, 3)),
        "all channels are averaged; pick the one wanted first, `features[:, channel]`.",
    ),
    (lambda f, c: f.mean(dim=(2, 3)), "this is the mean of every channel; pick the one wanted, `[:, channel]`."),
    (
        lambda f, c: f[c % len(f)].mean(dim=(1, 2)),
        "`features[channel]` is a picture of the batch: dimension 0 is the batch; take `features[:, channel]`.",
    ),
    (lambda f, c: f[c % len(f)].mean(), "`features[channel]` is a picture of the batch; take `features[:, channel]`."),
    (lambda f, c: f[0, c].mean(), "this is the first picture alone; give one number for each, `[:, channel]`."),
    (lambda f, c: _of(f, 0).mean(dim=(1, 2)), "this is always channel 0; take `features[:, channel]`."),
    (lambda f, c: _of(f, c - 1).mean(dim=(1, 2)), "this is the channel before; numbers begin with 0, as in Python."),
    (
        lambda f, c: -_of(f, c).mean(dim=(1, 2)),
        "this is a loss: the sign is turned round; a goal is made large, so leave the minus to the optimiser's line.",
    ),
    (
        lambda f, c: _of(f, c).square().mean(dim=(1, 2)),
        "these are squares, which make strongly negative values a success as well; average the activations.",
    ),
    (lambda f, c: _of(f, c).abs().mean(dim=(1, 2)), "the sign is lost; average the activations as they are."),
    (
        lambda f, c: _of(f, c).relu().mean(dim=(1, 2)),
        "negative values were cut off, and with them the gradient where the channel doesn't fire yet.",
    ),
    (
        lambda f, c: _of(f, c)[:, f.shape[2] // 2, f.shape[3] // 2],
        "this is one neuron, in the middle; take the mean of all positions.",
    ),
    (lambda f, c: _of(f, c), "this is the channel's map; take its mean over rows and columns."),
    (lambda f, c: _of(f, c).mean(dim=2), "this is the mean of each row; take that over both, `dim=(1, 2)`."),
    (lambda f, c: _of(f, c).mean(dim=1), "this is the mean of each column; take that over both, `dim=(1, 2)`."),
    (
        lambda f, c: f[:, c : c + 1].mean(dim=(2, 3)),
        "there is a dimension too many: give (B,), one number for each picture.",
    ),
    (
        lambda f, c: f[:, c : c + 1].mean(dim=(1, 2, 3), keepdim=True),
        "there are dimensions too many: give (B,), one number for each picture, without `keepdim`.",
    ),
]

_robust = robust_goal


def _moved_on(image, goal, shifts):
    """Each shift starts where the one before ended."""
    values = []
    for shift in shifts:
        image = image.roll(shift, dims=(2, 3))
        values.append(goal(image))
    return torch.stack(values).mean(dim=0)


def _without_return(image, shift):
    """What leaves at one border doesn't come back."""
    (down, right), (height, width) = shift, image.shape[-2:]
    rows, columns = torch.arange(height).view(-1, 1) - down, torch.arange(width) - right
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    return image.roll(shift, dims=(2, 3)) * inside


ROBUST_GOAL: list[Mistake] = [
    (partial(_robust, reduced=lambda v: v.sum(dim=0)), "the values are summed; divide by the number of shifts."),
    (partial(_robust, reduced=lambda v: v[-1]), "only the last shift counts; collect the values of all of them."),
    (partial(_robust, reduced=lambda v: v[-1] / len(v)), "only the last shift counts; add the values up in the loop."),
    (partial(_robust, reduced=lambda v: v[0]), "only the first shift counts; does `return` stand inside the loop?"),
    (partial(_robust, reduced=lambda v: v[0] / len(v)), "only the first counts; does `return` stand inside the loop?"),
    (
        partial(_robust, reduced=lambda v: v.amax(dim=0)),
        "this is the best of the shifts; a robust picture has to do well on average.",
    ),
    (partial(_robust, reduced=lambda v: v.amin(dim=0)), "this is the worst of the shifts; take their mean."),
    (
        partial(_robust, reduced=lambda v: v.mean()),
        "the pictures of the batch are averaged too; give one number for each, (B,).",
    ),
    (partial(_robust, reduced=lambda v: v), "these are the values of each shift; take their mean, `.mean(dim=0)`."),
    (
        partial(_robust, reduced=lambda v: v.mean(dim=1)),
        "the values are averaged over the pictures of the batch; average over the shifts, `dim=0` of the stack.",
    ),
    (
        _moved_on,
        "each shift starts where the one before ended, so that the picture walks away; always shift `image` itself.",
    ),
    (
        partial(_robust, shifted=lambda image, shift: image),
        "the pictures aren't shifted; `torch.roll` gives a new picture, which has to go into the goal.",
    ),
    (
        partial(_robust, shifted=lambda image, shift: image.roll(shift[::-1], dims=(2, 3))),
        "down and right are swapped: rows are dimension 2, columns dimension 3, and a shift is (down, right).",
    ),
    (
        partial(_robust, shifted=lambda image, shift: image.roll([-step for step in shift], dims=(2, 3))),
        "it moves up and to the left; a positive shift goes down and to the right, as in `torch.roll`.",
    ),
    (
        partial(_robust, shifted=lambda image, shift: image.roll(shift[0], dims=2)),
        "it moves up and down alone; shift dimension 3 as well.",
    ),
    (
        partial(_robust, shifted=lambda image, shift: image.roll(shift[1], dims=3)),
        "it moves to the left and right alone; shift dimension 2 as well.",
    ),
    (
        partial(_robust, shifted=lambda image, shift: image.roll(shift, dims=(1, 2))),
        "colours are shifted: rows are dimension 2 and columns dimension 3.",
    ),
    (
        partial(_robust, shifted=_without_return),
        "what leaves at one border is lost; it comes back at the other, see `torch.roll`.",
    ),
    (
        lambda image, goal, shifts: goal(torch.stack([image.roll(shift, dims=(2, 3)) for shift in shifts]).mean(dim=0)),
        "the shifted pictures are averaged into a blurred one, and the goal is asked once; ask it of each, and average "
        "its values.",
    ),
    (
        lambda image, goal, shifts: -_robust(image, goal, shifts),
        "the sign is turned round, as for a loss; a goal is made large.",
    ),
]
