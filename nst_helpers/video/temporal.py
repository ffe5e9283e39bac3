"""What keeps a film steady: temporal losses as pure functions, and the measures of flicker and sharpness.

The previous frame is brought to this one by `video.warp` with the flow that lies on this frame and points back; what is
``visible`` has a counterpart there: ``~occluded``, or a weight in [0, 1].
"""

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional as F

from nst_helpers.images import luminance
from nst_helpers.losses import Term
from nst_helpers.vgg import VGGFeatures
from nst_helpers.video.warping import resize_flow, warp

Frames = Float[Tensor, "batch channels height width"]
Flow = Float[Tensor, "batch 2 height width"]
Mask = Bool[Tensor, "batch 1 height width"] | Float[Tensor, "batch 1 height width"]


def temporal_loss(this: Frames, warped: Frames, visible: Mask) -> Float[Tensor, ""]:
    """``1/D sum_k c_k (x_k - w_k)^2``: how far a frame is from the previous one, warped to it, where that is visible.

    D counts all numbers of the frames, hidden ones too (Ruder et al. 2016).
    """
    return (visible * (this - warped).square()).mean()


def long_term_weights(visible: Sequence[Mask]) -> list[Float[Tensor, "batch 1 height width"]]:
    """``max(c_j - sum_{k < j} c_k, 0)``: each pixel is compared with the nearest frame that shows it.

    Ruder et al. (2016), c_long. In the same order as given.

    Args:
        visible: of this frame's pixels in each earlier frame, the nearest first.
    """
    weights, seen = [], 0.0
    for mask in visible:
        weights.append((mask.float() - seen).clamp(min=0))
        seen = seen + mask.float()
    return weights


def output_temporal_loss(
    this: Float[Tensor, "batch 3 height width"],
    previous: Float[Tensor, "batch 3 height width"],
    inputs: tuple[Float[Tensor, "batch 3 height width"], Float[Tensor, "batch 3 height width"]],
    flow: Flow,
    visible: Mask,
) -> Float[Tensor, ""]:
    """The results' change, each channel's, beyond that of the inputs' luminance: ReCoNet's loss on pictures.

    ``mean M ((O_t - W(O_t-1))_c - (I_t - W(I_t-1))_Y)^2`` with BT.709's luminance Y: light that changes in the film
    may change the results (Gao et al. 2018, which sums over channels: three times this value).

    Args:
        this, previous: results for two frames.
        inputs: those two frames, in the same order.
        flow: on this frame, to where its pixels were.
    """
    change = this - warp(previous, flow) - _light_change(inputs, flow)
    return (visible * change.square()).mean()


def feature_temporal_loss(
    this: Float[Tensor, "batch channels feature_height feature_width"],
    previous: Float[Tensor, "batch channels feature_height feature_width"],
    flow: Flow,
    visible: Mask,
) -> Float[Tensor, ""]:
    """``mean M (F_t - W(F_t-1))^2``: ReCoNet's loss on the encoder's features (Gao et al. 2018).

    The pictures' flow is resized and divided by the features' stride; a position counts by the share of
    its pixels that are visible.

    Raises:
        ValueError: the pictures' sides are no multiples of the features'.
    """
    (height, width), sides = flow.shape[-2:], this.shape[-2:]
    stride = height // sides[0]
    if (stride * sides[0], stride * sides[1]) != (height, width):
        raise ValueError(
            f"flow of {width}x{height} px was given for features of {sides[1]}x{sides[0]}: give pictures whose sides "
            "are multiples of the features', by one stride."
        )
    warped = warp(previous, resize_flow(flow, sides))
    return temporal_loss(this, warped, F.avg_pool2d(visible.float(), stride))


def temporal_term(
    previous: Float[Tensor, "1 3 height width"], flow: Flow, visible: Mask, weight: float, *, name: str = "temporal"
) -> Term:
    """Ruder's temporal loss towards an earlier result, for `gatys.stylize`'s ``terms``.

    Args:
        previous: the earlier result.
        flow: on this frame, to where its pixels were in the earlier one.
        name: told apart where a frame is compared with several.
    """
    with torch.no_grad():
        warped = warp(previous, flow)
    return Term(name, weight, lambda image, _: temporal_loss(image, warped, visible))


def frame_difference_loss(this: Frames, previous: Frames, inputs: tuple[Frames, Frames]) -> Float[Tensor, ""]:
    """``mean ((O_t - O_t-1) - (I_t - I_t-1))^2``, without flow: results may change as the film does, pixel by pixel.

    Xu, Xiong & Hu (2021), of pictures or of VGG's features; the squares are those of their released code.

    Args:
        this, previous: results for two frames, or features of these.
        inputs: those two frames, or their features, in the same order.
    """
    return ((this - previous) - (inputs[0] - inputs[1])).square().mean()


def frame_difference_term(
    previous: Float[Tensor, "1 3 height width"],
    inputs: tuple[Float[Tensor, "1 3 height width"], Float[Tensor, "1 3 height width"]],
    weight: float,
    *,
    extractor: VGGFeatures | None = None,
) -> Term:
    """`frame_difference_loss` towards the previous result, for `gatys.stylize`'s ``terms``.

    Args:
        previous: the previous result.
        inputs: this frame and the previous one.
        extractor: of the one layer whose features are compared, with the options that `stylize` is given; pixels are if
            it is left out. The authors compare both, features at VGG-16's relu3_3.
    """
    with torch.no_grad():
        this, earlier, result = (
            picture if extractor is None else extractor(picture)[extractor.layers[0]] for picture in (*inputs, previous)
        )
    if extractor is None:
        return Term("pixel difference", weight, lambda image, _: frame_difference_loss(image, result, (this, earlier)))
    (layer,) = extractor.layers
    return Term(
        f"difference {layer}",
        weight,
        lambda _, features: frame_difference_loss(features[layer], result, (this, earlier)),
        (layer,),
    )


def flicker(
    frames: Float[Tensor, "frames 3 height width"],
    flow: Float[Tensor, "pairs 2 height width"],
    occluded: Bool[Tensor, "pairs 1 height width"],
    inputs: Float[Tensor, "frames 3 height width"] | None = None,
) -> Float[Tensor, ""]:
    """Mean squared difference of each frame to the previous one warped to it, over visible pixels; 0 if there are none.

    Read it beside `sharpness`: blur and grey are steady too. It has a floor, since warping interpolates.

    Args:
        flow: the k-th lies on frame k + 1 and says where its pixels were in frame k: the true one, or that estimated
            on the film before it was stylised.
        occluded: likewise.
        inputs: the film itself: changes of its luminance are then allowed for, see `output_temporal_loss`.
    """
    change = frames[1:] - warp(frames[:-1], flow)
    if inputs is not None:
        change = change - _light_change((inputs[1:], inputs[:-1]), flow)
    visible = (~occluded).to(change.dtype)
    return (visible * change.square()).sum() / (visible.sum() * change.shape[1]).clamp(min=1)


def sharpness(image: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, " batch"]:
    """Mean length of each picture's gradient of luminance, by differences to the next pixels; in 1/px.

    A gradient-based focus measure (Pertuz, Puig & Garcia 2013, section 3.1), not squared, so that it is proportional to
    the contrast. Flat pictures give 0.
    """
    y = luminance(image)
    down, right = y[..., 1:, :-1] - y[..., :-1, :-1], y[..., :-1, 1:] - y[..., :-1, :-1]
    return (down.square() + right.square()).sqrt().mean(dim=(1, 2, 3))


def _light_change(inputs: tuple[Tensor, Tensor], flow: Tensor) -> Float[Tensor, "batch 1 height width"]:
    this, previous = inputs
    return luminance(this - warp(previous, flow))
