"""What part of a picture a position of a feature map sees."""

from typing import NamedTuple

from nst_helpers.runtime import require_choice
from nst_helpers.vgg.weights import layer_names


class ReceptiveField(NamedTuple):
    """The square of pixels that one position of a layer depends on.

    Attributes:
        size: its side, px.
        stride: how far apart the fields of neighbouring positions lie, px.
        start: the first pixel of position 0's field; negative, where it begins in the padding.
    """

    size: int
    stride: int
    start: int

    def box(self, row: int, column: int) -> tuple[int, int, int, int]:
        """(top, left, bottom, right) of the field of a position, in px; bottom and right are exclusive.

        It may reach beyond the picture, into the padding.
        """
        top, left = (self.start + self.stride * position for position in (row, column))
        return top, left, top + self.size, left + self.size


def receptive_field(layer: str) -> ReceptiveField:
    """Of a layer of VGG-19: 3x3 convolutions with a padding of 1, and poolings of 2x2.

    Walked forwards: a kernel of k widens the field by (k - 1) strides, a padding of p moves its start by p strides
    (Dumoulin & Visin 2016, "A guide to convolution arithmetic").

    Raises:
        ValueError: an unknown layer, with the near names.

    Example:
        >>> receptive_field("relu4_1")
        ReceptiveField(size=68, stride=8, start=-30)
    """
    names = layer_names()
    require_choice("layer", layer, names)
    size, stride, start = 1, 1, 0
    for name in names[: names.index(layer) + 1]:
        if name.startswith("conv"):
            size, start = size + 2 * stride, start - stride
        elif name.startswith("pool"):
            size, stride = size + stride, 2 * stride
    return ReceptiveField(size, stride, start)
