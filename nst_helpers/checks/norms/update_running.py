"""``update_running(mean, variance, x, momentum)``: batch norm's running statistics after one more batch.

Ioffe & Szegedy (2015, section 3.1) keep averages for inference; momentum is the share of the batch, as torch has it.
"""

import torch
from torch import Tensor

from nst_helpers.checks import answers
from nst_helpers.checks.call import NotYet
from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform

_BATCH = (0, 2, 3)


def _moments(x, running_mean, *, axes=_BATCH, correction=0):
    return x.mean(dim=axes), x.var(dim=axes, correction=correction)


def _about_the_running_mean(x, running_mean):
    return x.mean(dim=_BATCH), (x - running_mean.view(-1, 1, 1)).square().mean(dim=_BATCH)


@torch.no_grad()
def _update_running(
    mean,
    variance,
    x,
    momentum=0.1,
    *,
    of=_moments,
    mix=lambda old, new, momentum: (1 - momentum) * old + momentum * new,
):
    return tuple(mix(old, new, momentum) for old, new in zip((mean, variance), of(x, mean), strict=True))


def _trial(batch, channels, height, width, *momentum):
    """Pictures of different brightness; x leads back to a network's weights, as it does in training."""
    x = 3 * uniform(batch, channels, height, width) + 2 * uniform(batch, channels, 1, 1, seed=1) - 1
    return uniform(channels, seed=2) - 2, 0.5 + 4 * uniform(channels, seed=3), x.requires_grad_(), *momentum


def _trials():
    return [_trial(3, 4, 2, 3), _trial(2, 2, 3, 2, 0.4), _trial(4, 3, 1, 2, 0.25), _trial(1, 5, 2, 2, 0.7)]


def _read(name, given, trial):
    """Two tensors."""
    wanted = "return two tensors, (mean, variance)"
    if not isinstance(given, tuple | list):
        raise NotYet(f"{name} gives a {type(given).__name__}: {wanted}.")
    if len(given) != 2:
        raise NotYet(f"{name} gives {len(given)} values: {wanted}.")
    parts = ("the mean", "the variance")
    return {part: answers.tensor(f"{name}, as {part},", one)[""] for part, one in zip(parts, given, strict=True)}


def _leads_back(trial, given):
    if any(isinstance(one, Tensor) and one.requires_grad for one in given):
        return (
            "keeps the way back to x: kept from step to step, the numbers would hold the graph of every batch so far. "
            "Compute them under `torch.no_grad()`, or from `x.detach()`."
        )
    return None


check_update_running = Exercise(
    name="update_running",
    right=_update_running,
    trials=_trials,
    mistakes={
        "momentum is the wrong way round; it is the share of the new batch: (1 - momentum) * old + momentum * new.": {
            "mix": lambda old, new, momentum: momentum * old + (1 - momentum) * new
        },
        "the batch's numbers replace the old ones; they get the share `momentum`, the old ones keep the rest.": {
            "mix": lambda old, new, momentum: new
        },
        "the batch's share is added, but the old numbers keep theirs whole; take (1 - momentum) of them.": {
            "mix": lambda old, new, momentum: old + momentum * new
        },
        "0.1 stands fixed in your code; take `momentum`, the argument.": {
            "mix": lambda old, new, momentum: 0.9 * old + 0.1 * new
        },
        "this is torch's own answer, which divides by n when it normalises but keeps the variance divided by n - 1; "
        "keep here what is divided by: `correction=0`.": {
            "of": lambda x, running_mean: _moments(x, running_mean, correction=1)
        },
        "the variance is the mean of each picture's own, and leaves out how the pictures differ from each other; take "
        "it over batch and positions at once, `dim=(0, 2, 3)`.": {
            "of": lambda x, running_mean: (x.mean(dim=_BATCH), x.var(dim=(2, 3), correction=0).mean(dim=0))
        },
        "only the batch's first picture counts; take mean and variance over the batch too, `dim=(0, 2, 3)`.": {
            "of": lambda x, running_mean: _moments(x[:1], running_mean)
        },
        "there is a row for each picture; take mean and variance over the batch too, `dim=(0, 2, 3)`.": {
            "of": lambda x, running_mean: _moments(x, running_mean, axes=(2, 3))
        },
        "the channels are thrown together; each has a mean and a variance of its own, `dim=(0, 2, 3)`.": {
            "of": lambda x, running_mean: _moments(x, running_mean, axes=(0, 1, 2, 3))
        },
        "the variance is taken about the running mean; take it about the batch's own, as `x.var` does.": {
            "of": _about_the_running_mean
        },
        "the batch's deviation goes into the variance; leave out the root.": {
            "of": lambda x, running_mean: (x.mean(dim=_BATCH), x.std(dim=_BATCH, correction=0))
        },
    },
    verified="momentum is the new batch's share, the variance is the biased one, and nothing leads back to x",
    gradient=False,
    read=_read,
    also=_leads_back,
)
