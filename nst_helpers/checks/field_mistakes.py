"""Wrong formulas that people write in lesson 01's exercises about positions and fields, see `features_mistakes`."""

from collections.abc import Callable
from functools import partial

from nst_helpers.checks.features_formulas import receptive_field, strongest_position

# ruff: noqa: E731 -- a table of formulas

_field = receptive_field
_backwards = lambda layers: list(reversed(layers))
_steps = lambda layers: _field(layers)[1]


def _with_stride(size: Callable[[list[tuple[int, int]]], int]) -> Callable[[list[tuple[int, int]]], tuple[int, int]]:
    """Another size, with the right stride."""
    return lambda layers: (size(layers), _steps(layers))


def _padded_backwards(layers):
    size = 1
    for kernel, step in reversed(layers):
        size = size * step + kernel
    return size


def _stride_before_alone(layers):
    size, before = 1, 1
    for kernel, step in layers:
        size += (kernel - 1) * before
        before = step
    return size


RECEPTIVE_FIELD = [
    (
        _with_stride(lambda layers: sum(kernel for kernel, _ in layers)),
        "the kernels are added up, as if their fields lay side by side; they overlap: begin with one pixel, and let a "
        "kernel of k add (k - 1) strides.",
    ),
    (
        lambda layers: (_field(layers, widening=lambda kernel, step, stride: kernel - 1)[0], 1),
        "strides are ignored; multiply them up, and let a kernel of k add (k - 1) times the product so far.",
    ),
    (
        partial(_field, widening=lambda kernel, step, stride: kernel - 1),
        "the size ignores strides; a kernel of k adds (k - 1) times the product of the strides before it.",
    ),
    (
        partial(_field, widening=lambda kernel, step, stride: (kernel - 1) * stride * step),
        "a layer's own stride acts on its own kernel; widen the size first, and multiply the stride afterwards.",
    ),
    (
        partial(_field, widening=lambda kernel, step, stride: (kernel - 1) * step),
        "each kernel is widened by its own stride; take the product of the strides of the layers before it.",
    ),
    (
        _with_stride(_stride_before_alone),
        "each kernel is widened by the stride of the layer before alone; take the product of all before it.",
    ),
    (
        partial(_field, striding=lambda stride, step: stride + step - 1),
        "strides are added up; multiply them: two of 2 make one of 4.",
    ),
    (
        partial(_field, striding=lambda stride, step: stride + step),
        "strides are added up, and a stride of 1 counts; multiply them: two of 2 make one of 4.",
    ),
    (
        partial(_field, striding=lambda stride, step: step),
        "the stride is that of the last layer alone; multiply by all before it.",
    ),
    (
        lambda layers: (_field(layers)[0], layers[-1][1] if layers else 1),
        "the size is right, but the stride is that of the last layer alone; give the product of all.",
    ),
    (
        lambda layers: (_field(layers)[0], 1),
        "the size is right, but the stride given is 1; give the product of all strides.",
    ),
    (partial(_field, start=0), "it is one pixel short: without any layer, a position is one pixel; begin with 1."),
    (
        partial(_field, widening=lambda kernel, step, stride: kernel * stride),
        "a kernel of k adds k strides here; it is (k - 1), as its middle adds nothing.",
    ),
    (
        partial(_field, start=0, widening=lambda kernel, step, stride: kernel * stride),
        "a kernel of k adds k strides here, from 0; begin with 1 and add (k - 1).",
    ),
    (
        lambda layers: _field(_backwards(layers)),
        "the layers are walked in the wrong order: the first one of the list is next to the picture.",
    ),
    (lambda layers: _field(layers)[::-1], "the order of the two is wrong: give the size first, the stride second."),
    (
        lambda layers: (layers[-1][0] if layers else 1, _steps(layers)),
        "the size is that of the last kernel alone; what it sees of its input is seen through the layers before.",
    ),
    (
        _with_stride(_padded_backwards),
        "walked backwards, s positions side by side see (size - 1) * s + k, not size * s + k, as they overlap.",
    ),
    (
        _with_stride(lambda layers: _field(layers)[0] ** 2),
        "this is the area of the field; give the side of the square.",
    ),
    (
        partial(_field, widening=lambda kernel, step, stride: kernel // 2 * stride),
        "this is how far the field reaches to one side; a kernel of k adds (k - 1) strides to the whole width.",
    ),
]

STRONGEST_POSITION = [
    (lambda f, c: strongest_position(f, c)[::-1], "row and column are swapped: give the row first."),
    (
        lambda f, c: divmod(f[0, c].argmax().item(), f.shape[2]),
        "the index is divided by the height; a row has as many numbers as the map is wide, so divide by the width.",
    ),
    (
        lambda f, c: divmod(f[0, c].mT.flatten().argmax().item(), f.shape[3]),
        "the map is flattened column by column, but the index is taken apart row by row.",
    ),
    (lambda f, c: strongest_position(-f, c), "this is the lowest activation; take `argmax`."),
    (
        lambda f, c: strongest_position(f.abs(), c),
        "the sign is lost: a strongly negative value was taken for a high one; leave `abs` (or the square) out.",
    ),
    (
        lambda f, c: strongest_position(f.relu(), c),
        "a map that is negative everywhere has a highest value too: don't begin the search with 0.",
    ),
    (
        lambda f, c: divmod(f.argmax().item(), f.shape[3]),
        "the search goes over all channels; take `features[0, channel]` first.",
    ),
    (
        lambda f, c: divmod(f[0].amax(dim=0).argmax().item(), f.shape[3]),
        "the position is that of the highest activation of all channels; take `features[0, channel]` first.",
    ),
    (
        lambda f, c: strongest_position(f.sum(dim=1, keepdim=True), 0),
        "the channels are added up; take `features[0, channel]` alone.",
    ),
    (lambda f, c: strongest_position(f, 0), "this is always channel 0; take `features[0, channel]`."),
    (lambda f, c: strongest_position(f, c - 1), "this is the channel before; numbers begin with 0, as in Python."),
    (
        lambda f, c: tuple(1 + at for at in strongest_position(f, c)),
        "rows and columns are counted from 1; count them from 0, as Python does.",
    ),
    (
        lambda f, c: (f[0, c].sum(dim=1).argmax().item(), f[0, c].sum(dim=0).argmax().item()),
        "this is the row with the highest sum and the column with the highest sum; find one single position.",
    ),
    (
        lambda f, c: (f[0, c].argmax(dim=0)[0].item(), f[0, c].argmax(dim=1)[0].item()),
        "these are the highest of the first column and of the first row; `argmax()` without `dim` looks at all.",
    ),
]
