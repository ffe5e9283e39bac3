"""Temporal losses and the measures of flicker and sharpness: known values, the papers' formulas by loops, scenes."""

import itertools

import pytest
import torch
from torch.nn import functional as F

from nst_helpers.images import load_image, luminance
from nst_helpers.losses import Objective
from nst_helpers.vgg import VGGFeatures
from nst_helpers.video import (
    feature_temporal_loss,
    flicker,
    frame_difference_loss,
    frame_difference_term,
    long_term_weights,
    make_scene,
    output_temporal_loss,
    sharpness,
    temporal_loss,
    temporal_term,
    warp,
)
from tests.placement import on_meta_alone

MOVING = ("translation", "zoom", "rotation", "parallax", "disc", "shake")


def draw(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def bits(*rows):
    """A mask (1, 1, height, width) from rows such as "110"."""
    return torch.tensor([[[[digit == "1" for digit in row] for row in rows]]])


def scene(motion, **options):
    return make_scene("coffee", motion, **{"size": 96, "frames": 3, "speed": 3, "seed": 1, **options})


# Ruder's losses


def test_hidden_pixels_count_in_the_divisor_and_not_in_the_sum():
    """Two channels of 2x2 whose every difference is 3: 9 a number, of which half are visible."""
    this, warped = torch.full((1, 2, 2, 2), 5.0), torch.full((1, 2, 2, 2), 2.0)
    assert temporal_loss(this, warped, bits("11", "11")) == 9
    assert temporal_loss(this, warped, bits("10", "01")) == 4.5
    assert temporal_loss(this, warped, torch.full((1, 1, 2, 2), 0.25)) == 2.25
    assert temporal_loss(this, warped, bits("00", "00")) == 0


def test_it_is_ruders_sum():
    this, warped, weights = draw(2, 3, 5, 4), draw(2, 3, 5, 4, seed=1), draw(2, 1, 5, 4, seed=2)
    places = itertools.product(range(2), range(3), range(5), range(4))
    summed = sum(weights[b, 0, y, x] * (this[b, c, y, x] - warped[b, c, y, x]) ** 2 for b, c, y, x in places)
    torch.testing.assert_close(temporal_loss(this, warped, weights), summed / (2 * 3 * 5 * 4))


def test_the_gradient_is_right():
    this, warped = draw(1, 2, 3, 3).double().requires_grad_(), draw(1, 2, 3, 3, seed=1).double()
    weights = draw(1, 1, 3, 3, seed=2).double()
    assert torch.autograd.gradcheck(lambda x: temporal_loss(x, warped, weights), this)


def test_a_pixel_is_compared_with_the_nearest_frame_that_shows_it():
    """Shown by the nearest; by the second alone; by both the second and third; by none."""
    weights = long_term_weights([bits("1000"), bits("1110"), bits("1011")])
    assert [weight.flatten().tolist() for weight in weights] == [[1, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 1]]


def test_soft_masks_leave_to_farther_frames_what_nearer_ones_do_not_show():
    """max(c - sum, 0), of all nearer frames' own weights: .2 + .5 are taken when the third, .9, comes."""
    weights = long_term_weights([torch.full((1, 1, 1, 1), share) for share in (0.2, 0.5, 0.9, 0.4)])
    assert torch.cat(weights).flatten().tolist() == pytest.approx([0.2, 0.3, 0.2, 0.0])


def test_for_pixels_it_is_a_term_of_the_previous_result_warped():
    sequence = scene("rotation")
    visible = ~sequence.occluded[:1]
    term = temporal_term(sequence.frames[:1], sequence.backward[:1], visible, 7.0, name="temporal 1")
    assert (term.name, term.weight, term.layers) == ("temporal 1", 7.0, ())
    image = sequence.frames[1:2].clone().requires_grad_()
    extractor = VGGFeatures(["relu1_1"], weights="random", device="cpu", precision="float32")
    value = Objective(extractor, [term])(image)
    expected = temporal_loss(image, warp(sequence.frames[:1], sequence.backward[:1]), visible)
    torch.testing.assert_close(value.losses["temporal 1"], expected)
    torch.testing.assert_close(value.total, 7 * expected)
    value.total.backward()
    assert (image.grad[~visible.expand_as(image)] == 0).all()
    assert image.grad[visible.expand_as(image)].abs().sum() > 0


# ReCoNet's


def test_what_moves_with_the_flow_loses_nothing_and_what_moves_otherwise_does():
    for motion in MOVING:
        frames, _, backward, occluded = scene(motion, frames=2)
        first, second = frames.split(1)
        lost = output_temporal_loss(second, first, (second, first), backward, ~occluded)
        still = output_temporal_loss(second, first, (second, first), torch.zeros_like(backward), ~occluded)
        other = temporal_loss(second, warp(first, -backward), ~occluded)
        assert lost < 0.05 * other, motion
        assert lost < 0.3 * still, motion


def test_light_may_change_every_channel_by_as_much_as_the_inputs_luminance():
    first = draw(1, 3, 8, 8)
    second, flow, visible = 0.7 * first, torch.zeros(1, 2, 8, 8), torch.ones(1, 1, 8, 8)
    result = draw(1, 3, 8, 8, seed=1)
    followed = result + luminance(second - first)
    assert output_temporal_loss(followed, result, (second, first), flow, visible) < 1e-12
    kept = output_temporal_loss(result, result, (second, first), flow, visible)
    torch.testing.assert_close(kept, luminance(second - first).square().mean())
    against = output_temporal_loss(result - luminance(second - first), result, (second, first), flow, visible)
    torch.testing.assert_close(against, 4 * kept)


def test_it_is_reconets_sum_over_channels_up_to_their_number():
    this, previous, inputs = draw(1, 3, 6, 7), draw(1, 3, 6, 7, seed=1), draw(2, 3, 6, 7, seed=2)
    flow, visible = draw(1, 2, 6, 7, seed=3) * 2 - 1, draw(1, 1, 6, 7, seed=4) < 0.6
    weights = torch.tensor([0.2126, 0.7152, 0.0722]).view(3, 1, 1)
    light = (weights * (inputs[0] - warp(inputs[1:], flow)[0])).sum(dim=0)
    change = (this - warp(previous, flow))[0]
    summed = sum((visible[0, 0] * (change[c] - light) ** 2).sum() / (6 * 7) for c in range(3))
    given = output_temporal_loss(this, previous, (inputs[:1], inputs[1:]), flow, visible)
    torch.testing.assert_close(3 * given, summed)


@pytest.mark.parametrize("stride", [1, 2, 4])
def test_features_move_by_the_flow_over_their_stride(stride):
    """They shift by two positions to the right, 2 * stride px; the two columns that came in don't count."""
    shift, height, width = 2, 3, 7
    previous = draw(1, 5, height, width)
    this = torch.cat([draw(1, 5, height, shift, seed=1), previous[..., :-shift]], dim=-1)
    flow = torch.zeros(1, 2, height * stride, width * stride)
    flow[:, 0] = -shift * stride
    visible = torch.ones(1, 1, height * stride, width * stride)
    visible[..., : shift * stride] = 0
    assert feature_temporal_loss(this, previous, flow, visible) < 1e-12
    assert feature_temporal_loss(this, previous, flow, torch.ones_like(visible)) > 0.01
    assert feature_temporal_loss(this, previous, -flow, visible) > 0.01


def test_a_feature_counts_by_the_share_of_its_pixels_that_are_visible():
    """One position of 2x2, difference 2: three of its four pixels are visible, and half of all."""
    this, previous = torch.full((1, 1, 1, 2), 2.0), torch.zeros(1, 1, 1, 2)
    flow = torch.zeros(1, 2, 2, 4)
    assert feature_temporal_loss(this, previous, flow, bits("1100", "1000")) == 4 * 0.75 / 2
    assert feature_temporal_loss(this, previous, flow, bits("1111", "1111")) == 4


@pytest.mark.parametrize("size", [(9, 8), (8, 12), (2, 2)])
def test_flow_that_is_no_multiple_of_the_features_is_a_sentence(size):
    features = draw(1, 4, 4, 4)
    with pytest.raises(ValueError, match=rf"flow of {size[1]}x{size[0]} px was given for features of 4x4"):
        feature_temporal_loss(features, features, torch.zeros(1, 2, *size), torch.ones(1, 1, *size))


# Flicker and sharpness


def test_flicker_is_the_mean_square_over_visible_numbers_of_all_pairs():
    """Frames 0, .5 and .6: squares .25 over three visible pixels and .01 over one."""
    frames = torch.tensor([0.0, 0.5, 0.6]).view(3, 1, 1, 1).expand(3, 3, 2, 2)
    occluded = torch.cat([bits("00", "01"), bits("11", "10")])
    flow = torch.zeros(2, 2, 2, 2)
    assert flicker(frames, flow, occluded).item() == pytest.approx((3 * 0.25 + 0.01) / 4, rel=1e-5)
    assert flicker(frames, flow, torch.ones_like(occluded)) == 0


def test_of_light_alone_plain_flicker_sees_all_and_the_corrected_one_what_luminance_does_not_explain():
    frames, _, backward, occluded = scene("light")
    grey = luminance(frames).expand(-1, 3, -1, -1)
    assert flicker(grey, backward, occluded) > 1e-3
    assert flicker(grey, backward, occluded, inputs=frames) < 1e-12
    still = grey[:1].expand(3, -1, -1, -1)
    assert flicker(still, backward, occluded) == 0
    assert flicker(still, backward, occluded, inputs=frames) > 1e-3


@pytest.mark.parametrize("motion", MOVING)
def test_a_scene_itself_hardly_flickers_and_noise_on_it_does_by_its_strength(motion):
    """Independent noise of variance v adds v for this frame, and for the warped one 4/9 v (bilinear) to v."""
    frames, _, backward, occluded = scene(motion)
    own = flicker(frames, backward, occluded)
    variance = 0.05**2
    noisy = flicker(frames + 0.05 * torch.randn(frames.shape, generator=torch.manual_seed(0)), backward, occluded)
    assert own < 0.2 * variance
    assert 1.35 * variance < noisy - own < 2.1 * variance


def test_flicker_falls_with_blur_and_contrast_and_sharpness_tells():
    frames, _, backward, occluded = scene("shake")
    noisy = (frames + 0.1 * draw(3, 3, 96, 96)).clamp(0, 1)
    soft = F.avg_pool2d(noisy, 5, 1, 2, count_include_pad=False)
    pale = 0.5 + 0.5 * (noisy - 0.5)
    for steadier in (soft, pale):
        assert flicker(steadier, backward, occluded) < 0.5 * flicker(noisy, backward, occluded)
        assert (sharpness(steadier) < 0.6 * sharpness(noisy)).all()


def test_sharpness_of_known_pictures():
    """A slope of 3/4 of .08 across and down; stripes of 0 and 1; a flat picture; each picture of a batch alone."""
    y, x = torch.meshgrid(torch.arange(5.0), torch.arange(6.0), indexing="ij")
    slope = (0.03 * x + 0.04 * y).expand(3, -1, -1)
    stripes = (x % 2).expand(3, -1, -1)
    pictures = torch.stack([slope, stripes, torch.full_like(slope, 0.4)])
    torch.testing.assert_close(sharpness(pictures), torch.tensor([0.05, 1.0, 0.0]))
    photo = load_image("chelsea", 64)
    torch.testing.assert_close(sharpness(0.5 * photo), 0.5 * sharpness(photo))


def test_a_blue_edge_counts_as_much_as_the_eye_sees_of_it():
    edges = torch.zeros(3, 3, 2, 2)
    for channel in range(3):
        edges[channel, channel, :, 1] = 1
    torch.testing.assert_close(sharpness(edges), torch.tensor([0.2126, 0.7152, 0.0722]))


# Devices


def test_every_device_runs_them_forwards_and_backwards():
    frames, flow = torch.rand(3, 3, 8, 8, device="meta", requires_grad=True), torch.rand(2, 2, 8, 8, device="meta")
    features, seen = torch.rand(4, 5, 2, 2, device="meta", requires_grad=True), flow[:, :1] > 0.5
    with on_meta_alone():
        this, previous = frames[1:], frames[:-1]
        losses = [
            output_temporal_loss(this, previous, (this, previous), flow, seen),
            feature_temporal_loss(*features.chunk(2), flow, seen),
            flicker(frames, flow, seen, inputs=frames),
            sharpness(frames).sum(),
            sum(weight.sum() for weight in long_term_weights([seen, ~seen])),
            temporal_term(frames[:1].detach(), flow[:1], seen[:1], 1.0).loss(frames[1:2], {}),
        ]
        sum(losses).backward()
    assert {loss.device.type for loss in losses} == {frames.grad.device.type} == {"meta"}


# Xu's, without flow


def test_what_changes_as_the_film_does_loses_nothing_and_else_the_mean_square():
    previous, inputs = draw(1, 3, 6, 7), (draw(1, 3, 6, 7, seed=1), draw(1, 3, 6, 7, seed=2))
    followed = previous + inputs[0] - inputs[1]
    assert frame_difference_loss(followed, previous, inputs) < 1e-12
    torch.testing.assert_close(frame_difference_loss(followed + 0.5, previous, inputs), torch.tensor(0.25))
    kept = frame_difference_loss(previous, previous, inputs)
    torch.testing.assert_close(kept, (inputs[0] - inputs[1]).square().mean())


def test_of_a_still_film_it_is_ruders_loss():
    this, previous, frame = draw(1, 3, 6, 7), draw(1, 3, 6, 7, seed=1), draw(1, 3, 6, 7, seed=2)
    ruders = temporal_loss(this, previous, torch.ones(1, 1, 6, 7))
    torch.testing.assert_close(frame_difference_loss(this, previous, (frame, frame)), ruders)


@pytest.mark.parametrize("layer", [None, "relu2_1"])
def test_the_difference_is_a_term_of_pixels_or_of_features(layer):
    frames = scene("parallax").frames
    inputs, previous = (frames[1:2], frames[:1]), draw(1, 3, 96, 96)
    options = {"weights": "random", "device": "cpu", "precision": "float32"}
    extractor = VGGFeatures([layer or "relu1_1"], **options)
    term = frame_difference_term(previous, inputs, 3.0, extractor=extractor if layer else None)
    assert (term.weight, term.layers) == (3.0, (layer,) if layer else ())
    image = draw(1, 3, 96, 96, seed=3).requires_grad_()
    value = Objective(extractor, [term])(image)

    def of(picture):
        return extractor(picture)[layer] if layer else picture

    wanted = frame_difference_loss(of(image), of(previous), (of(inputs[0]), of(inputs[1])))
    torch.testing.assert_close(value.total, 3 * wanted)
    value.total.backward()
    assert image.grad.abs().sum() > 0
