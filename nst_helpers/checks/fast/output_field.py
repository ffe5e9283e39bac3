"""``output_field(layers)``: the most pixels, along a side, that an output pixel depends on through the convolutions.

Counted backwards, n neighbouring positions of a map enlarged u times lie in at most (n + u - 2) // u + 1 of the
smaller one. Halving the stride on the way forwards, as is often done, gives a mean of the fields of the positions.
"""

import torch

from nst_helpers.checks.call import NotYet
from nst_helpers.checks.exercise import Exercise


def _output_field(
    layers,
    *,
    order=reversed,
    shrunk=lambda n, upsampling: (n + upsampling - 2) // upsampling + 1,
    widened=lambda n, kernel, stride: (n - 1) * stride + kernel,
):
    seen = 1
    for kernel, stride, upsampling in order(layers):
        seen = shrunk(widened(seen, kernel, stride), upsampling)
    return seen


def _by_half_strides(layers):
    size, apart = 1.0, 1.0
    for kernel, stride, upsampling in layers:
        apart /= upsampling
        size += (kernel - 1) * apart
        apart *= stride
    return int(size)


def _enlarged_last(layers):
    seen = 1
    for kernel, stride, upsampling in reversed(layers):
        seen = (seen if upsampling == 1 else seen // 2 + 1) * stride - stride + kernel
    return seen


_JOHNSON = [
    (9, 1, 1),
    *[(3, 2, 1)] * 2,
    *[(3, 1, 1)] * 10,  # five residual blocks
    *[(3, 1, 2)] * 2,
    (9, 1, 1),
]


def _trials():
    stacks = [
        [(3, 1, 1), (3, 1, 1)],
        [(5, 2, 1), (3, 1, 1)],
        [(3, 1, 2), (3, 1, 1)],
        [(1, 1, 2), (4, 1, 1), (1, 1, 1)],  # an even row of positions
        [(5, 1, 1), (3, 2, 1), (3, 1, 2), (7, 1, 1)],
        [(4, 2, 1), (3, 3, 1), (5, 1, 2), (3, 1, 2), (1, 1, 2)],
        _JOHNSON,
        [],
    ]
    return [(stack,) for stack in stacks]


def _read(name, given, trial):
    """A Python integer, under the case that it is the answer to."""
    if isinstance(given, float):
        raise NotYet(
            f"{name} gives the float {given:.4g}: pixels are counted, so return a Python integer, and divide with "
            "`//` where a number of positions shrinks."
        )
    if not isinstance(given, int) or isinstance(given, bool):
        raise NotYet(f"{name} gives a {type(given).__name__}: return one Python integer, the number of pixels.")
    layers = trial[0]
    case = f"the case {layers}" if len(layers) < 6 else f"a network of {len(layers)} layers"
    return {case: torch.tensor(float(max(-1e9, min(1e9, given))), device="cpu")}


check_output_field = Exercise(
    name="output_field",
    right=_output_field,
    trials=_trials,
    mistakes={
        "enlargement is ignored; before the convolution there were fewer positions: n neighbours come from at most "
        "n // 2 + 1.": {"shrunk": lambda n, upsampling: n},
        "enlargement makes the field larger here; n neighbours of the larger map come from fewer of the smaller one, "
        "at most n // 2 + 1.": {"shrunk": lambda n, upsampling: n * upsampling},
        "n neighbours are taken to come from half as many, but a row may begin in the middle of a pair: 2 come from 1 "
        "or from 2, so take n // 2 + 1.": {"shrunk": lambda n, upsampling: -(-n // upsampling)},
        "n // 2 forgets the pair that a row begins in (and 1 would become 0); take n // 2 + 1.": {
            "shrunk": lambda n, upsampling: n // upsampling
        },
        "the stride is halved on the way forwards, which gives the mean of two fields that do exist; walk backwards "
        "and take the larger: n neighbours come from at most n // 2 + 1.": _by_half_strides,
        "enlargement follows the convolution here; it comes before, so on the way back it comes after: "
        "(n - 1) * stride + kernel first, and then n // 2 + 1.": _enlarged_last,
        "strides are ignored; n neighbours need (n - 1) * stride + kernel positions.": {
            "widened": lambda n, kernel, stride: n - 1 + kernel
        },
        "each position is given a kernel of its own, n * stride + kernel; neighbours overlap: take (n - 1) * stride + "
        "kernel.": {"widened": lambda n, kernel, stride: n * stride + kernel},
        "the layers are walked in the wrong order: on the way back the last one of the list comes first.": {
            "order": list
        },
    },
    verified="enlargement narrows what strides have widened; a pixel of Johnson's network sees 111 px at most",
    gradient=False,
    read=_read,
)
