"""``enlarge(x, weight, bias)``: twice as large by nearest neighbours, then convolved with a reflected border."""

from torch.nn import functional as F

from nst_helpers.checks.layer import Layer
from nst_helpers.checks.trials import uniform


def _enlarged(x):
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


def _bordered(x, width, mode="reflect"):
    return F.pad(x, 4 * [width], mode=mode)


def _enlarge(
    x,
    weight,
    bias,
    *,
    larger=_enlarged,
    border=lambda x, size: _bordered(x, size // 2),
    convolve=F.conv2d,
):
    return convolve(border(larger(x), weight.shape[-1]), weight, bias)


def _border_first(x, weight, bias):
    return F.conv2d(_enlarged(_bordered(x, weight.shape[-1] // 2)), weight, bias)


def _convolution_first(x, weight, bias):
    return _enlarged(_enlarge(x, weight, bias, larger=lambda x: x))


def _transposed(x, weight, bias):
    border = weight.shape[-1] // 2
    return F.conv_transpose2d(x, weight.transpose(0, 1), bias, stride=2, padding=border, output_padding=1)


def _trial(batch, channels_in, channels_out, height, width, size):
    x = uniform(batch, channels_in, height, width) * 2 - 0.7
    weight = uniform(channels_out, channels_in, size, size, seed=1) - 0.4
    return x, weight, uniform(channels_out, seed=2) - 0.8


def _trials():
    return [_trial(2, 3, 4, 3, 5, 3), _trial(1, 4, 2, 4, 3, 5), _trial(3, 2, 3, 4, 4, 3), _trial(1, 2, 1, 5, 6, 1)]


check_enlarge = Layer(
    name="enlarge",
    right=_enlarge,
    trials=_trials,
    mistakes={
        'the border is filled with zeros, which darken the rim of the picture; F.pad takes `mode="reflect"`.': {
            "border": lambda x, size: _bordered(x, size // 2, "constant")
        },
        'the border repeats the last pixel, `mode="replicate"`; take `mode="reflect"`.': {
            "border": lambda x, size: _bordered(x, size // 2, "replicate")
        },
        "there is no border, and the convolution eats the rim; pad by half the kernel, `weight.shape[-1] // 2`.": {
            "border": lambda x, size: x
        },
        "the border is 1 wide whatever the kernel; it is half the kernel, `weight.shape[-1] // 2`.": {
            "border": lambda x, size: _bordered(x, 1)
        },
        "the border comes before the enlargement, which enlarges it too; enlarge, pad, convolve.": _border_first,
        "the convolution comes before the enlargement, so that squares of four equal pixels are left; enlarge, pad, "
        "convolve.": _convolution_first,
        "this is a transposed convolution, whose kernels overlap unevenly and draw checkerboards; enlarge by nearest "
        "neighbours, then convolve.": _transposed,
        'new pixels are blended from several, as `mode="bilinear"` does; each copies its nearest neighbour.': {
            "larger": lambda x: F.interpolate(x, scale_factor=2.0, mode="bilinear")
        },
        "four copies stand side by side, as `repeat` makes them; every pixel becomes a square of four, as "
        "`repeat_interleave` or `F.interpolate` make them.": {"larger": lambda x: x.repeat(1, 1, 2, 2)},
        "the bias is left out.": {"convolve": lambda x, weight, bias: F.conv2d(x, weight)},
    },
    verified="twice as high and wide, its border reflected, with gradients to x, weight and bias",
)
