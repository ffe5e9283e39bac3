"""``shuffle_positions(features, order)``: position p gets what stood at ``order[p]``, in all channels alike."""

import torch
from torch import Tensor

from nst_helpers.checks import answers
from nst_helpers.checks.call import NotYet, call
from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform
from nst_helpers.losses import gram_matrix


def _shuffle_positions(
    features,
    order,
    *,
    rows=lambda f: f.flatten(2),
    chosen=lambda order: order,
    back=lambda rows, b, c, h, w: rows.reshape(b, c, h, w),
):
    return back(rows(features)[:, :, chosen(order)], *features.shape)


def _trials():
    several = [
        uniform(3, 4, 2, 5),
        uniform(1, 3, 4, 2) - 0.5,
        uniform(2, 5, 4, 3).contiguous(memory_format=torch.channels_last),
        uniform(2, 2, 9, 12) * 4,
    ]
    return [(features, uniform(features[0, 0].numel()).argsort()) for features in several]


def _read(name, given, trial):
    """The features; NotYet where channels keep their values, but not what they meet."""
    answer, features = answers.tensor(name, given), trial[0]
    moved = answer[""].detach().to(features)
    if moved.shape == features.shape and torch.equal(*(f.flatten(2).sort().values for f in (moved, features))):
        before, after = (gram_matrix(f)[0, 0, 1].item() for f in (features, moved))
        if abs(after - before) > 1e-4:
            raise NotYet(
                f"{name} moves each channel in an order of its own: what fired together no longer does, and the Gram "
                f"matrix's entry for the first two channels goes from {before:.4g} to {after:.4g}. Move all of them in "
                "one order, `order`."
            )
    return answer


class _Shuffle(Exercise):
    """An exercise in which the order is given, where many draw one."""

    def examine(self, function) -> str:
        """What has been verified; NotYet where something is wrong."""
        first, second = (call(self.name, function, *self.trials()[0]) for _ in range(2))
        if isinstance(first, Tensor) and isinstance(second, Tensor) and not torch.equal(first, second):
            raise NotYet(f"{self.name} gives another order each time: use `order`, the argument, for all channels.")
        return super().examine(function)


check_shuffle_positions = _Shuffle(
    name="shuffle_positions",
    right=_shuffle_positions,
    trials=_trials,
    mistakes={
        "this is the inverse: you move what stands at p to order[p]; position p gets what stood at order[p], so take "
        "the columns `order`.": {"chosen": torch.argsort},
        "nothing has moved; pick the columns of the C x H*W matrix with `order`.": {
            "chosen": lambda order: order.sort().values
        },
        "`order` is applied twice.": {"chosen": lambda order: order[order]},
        "the positions still stand in one line; give them rows and columns back, `.reshape(features.shape)`.": {
            "back": lambda rows, b, c, h, w: rows
        },
        "height and width are swapped on the way back; `.reshape(features.shape)`.": {
            "back": lambda rows, b, c, h, w: rows.reshape(b, c, w, h)
        },
        "positions are numbered down the columns; `order` numbers them row by row, as `flatten` does.": {
            "rows": lambda f: f.mT.flatten(2),
            "back": lambda rows, b, c, h, w: rows.reshape(b, c, w, h).mT,
        },
        "`reshape(b, h * w, c)` mixes channels with positions, it doesn't transpose; `flatten(2)` is (B, C, H*W).": {
            "rows": lambda f: f.reshape(len(f), -1, f.shape[1]).mT,
            "back": lambda rows, b, c, h, w: rows.mT.reshape(b, c, h, w),
        },
        "the other pictures of the batch are lost; keep dimension 0.": {
            "back": lambda rows, b, c, h, w: rows[:1].reshape(1, c, h, w)
        },
    },
    verified="every channel in the order given, and not a Gram matrix has changed",
    read=_read,
)
