"""``nearest_neighbors(distances)``: for each, which other one is the nearest."""

import torch
from torch import Tensor

from nst_helpers.checks.call import NotYet
from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform


def _nearest_neighbors(
    distances,
    *,
    raised=lambda d: d.clone().fill_diagonal_(torch.inf),
    pick=lambda d: d.argmin(dim=1),
):
    return pick(raised(distances))


def _without_diagonal(d):
    return d.flatten()[1:].view(len(d) - 1, -1)[:, :-1].reshape(len(d), -1)


def _trials():
    two_pairs = torch.tensor([0.0, 100, 3, 205, 7, 100, 12, 205], device="cpu")  # the pairs are at distance 0
    far_apart = two_pairs[:2] * 400
    points = (uniform(6, 3) * 50, two_pairs.view(-1, 1), far_apart.view(-1, 1), uniform(12, 4, seed=1) * 1e-3)
    return [((p.unsqueeze(1) - p).norm(dim=-1),) for p in points]


def _read(name, given, trial):
    """Places, as int64."""
    if isinstance(given, Tensor) and given.dtype == torch.int64:
        return {"": given}
    what = f"numbers of {given.dtype}" if isinstance(given, Tensor) else f"a {type(given).__name__}"
    raise NotYet(f"{name} gives {what}: return places, a tensor of torch.int64, as `argmin` gives it.")


check_nearest_neighbors = Exercise(
    name="nearest_neighbors",
    right=_nearest_neighbors,
    trials=_trials,
    mistakes={
        "each is found nearest to itself, at distance 0; put infinity on the diagonal, of a copy.": {
            "raised": lambda d: d
        },
        "the second of the sorted distances is yourself where a twin, at distance 0, comes first; put infinity on the "
        "diagonal, of a copy.": {"raised": lambda d: d, "pick": lambda d: d.argsort(dim=1, stable=True)[:, 1]},
        "every 0 is passed over, and with it a twin of the same Gram matrix; only the diagonal is yourself.": {
            "raised": lambda d: torch.where(d > 0, d, torch.inf)
        },
        "0 * infinity is NaN, which `argmin` takes for the smallest; write infinity on the diagonal of a copy, with "
        "`fill_diagonal_`.": {"raised": lambda d: d + torch.eye(len(d), device="cpu") * torch.inf},
        "1 on the diagonal is less than some distances; put infinity there, of a copy.": {
            "raised": lambda d: d.clone().fill_diagonal_(1)
        },
        "the largest distance on the diagonal isn't larger than itself, and of two paintings each finds itself; put "
        "infinity there, of a copy.": {"raised": lambda d: d.clone().fill_diagonal_(d.max().item())},
        "the diagonal was cut out, and what stands after it counts one too low; put infinity there, of a copy.": {
            "raised": _without_diagonal
        },
        "these are the farthest; take the smallest, off the diagonal.": lambda distances: distances.argmax(dim=1),
    },
    verified="the nearest other one, a twin too, and the distances are as they were",
    gradient=False,
    read=_read,
)
