"""``receptive_field(kernels)``: (size, stride) of one position after layers of (kernel, stride)."""

from nst_helpers.checks import answers
from nst_helpers.checks.exercise import Exercise


def _receptive_field(
    kernels,
    *,
    start=1,
    widening=lambda kernel, step, stride: (kernel - 1) * stride,
    striding=lambda stride, step: stride * step,
):
    """Walked forwards, from the picture."""
    size, stride = start, 1
    for kernel, step in kernels:
        size += widening(kernel, step, stride)
        stride = striding(stride, step)
    return size, stride


def _trials():
    vgg = [*[(3, 1), (3, 1), (2, 2)] * 2, *[*[(3, 1)] * 4, (2, 2)] * 3]
    stacks = [
        [(3, 1), (3, 1)],
        [(3, 1), (2, 2), (5, 1)],
        [(11, 4), (3, 2), (5, 1), (3, 2), (3, 1)],  # AlexNet up to conv3
        [(1, 1), (5, 3)],
        [(4, 2), (1, 2), (4, 3), (6, 1)],  # even kernels, and one that skips pixels
        vgg[:12],  # up to conv4_1
        vgg,
        [],
    ]
    return [(stack,) for stack in stacks]


check_receptive_field = Exercise(
    name="receptive_field",
    right=_receptive_field,
    trials=_trials,
    mistakes={
        "the kernels are added up, as if their fields lay side by side; they overlap: begin with one pixel, and let a "
        "kernel of k add (k - 1) strides.": {"start": 0, "widening": lambda kernel, step, stride: kernel},
        "strides are ignored; multiply them up, and let a kernel of k add (k - 1) times the product so far.": {
            "widening": lambda kernel, step, stride: kernel - 1,
            "striding": lambda stride, step: 1,
        },
        "the size ignores strides; a kernel of k adds (k - 1) times the product of the strides before it.": {
            "widening": lambda kernel, step, stride: kernel - 1
        },
        "a layer's own stride acts on its own kernel; widen the size first, and multiply the stride afterwards.": {
            "widening": lambda kernel, step, stride: (kernel - 1) * stride * step
        },
        "each kernel is widened by its own stride; take the product of the strides of the layers before it.": {
            "widening": lambda kernel, step, stride: (kernel - 1) * step
        },
        "strides are added up; multiply them: two of 2 make one of 4.": {
            "striding": lambda stride, step: stride + step - 1
        },
        "the stride is that of the last layer alone; multiply by all before it.": {
            "striding": lambda stride, step: step
        },
        "a kernel of k adds k strides here; it is (k - 1), as its middle adds nothing.": {
            "widening": lambda kernel, step, stride: kernel * stride
        },
        "the layers are walked in the wrong order: the first one of the list is next to the picture.": (
            lambda kernels: _receptive_field(kernels[::-1])
        ),
    },
    verified="strides multiply, a kernel of k adds k - 1 of them; conv4_1 of VGG-19 sees 68 px",
    gradient=False,
    read=answers.integers("size", "stride"),
)
