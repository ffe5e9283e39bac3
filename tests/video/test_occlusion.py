"""Ruder's mask: by hand, and against scenes' exact occlusion."""

import pytest
import torch

from nst_helpers.video import estimate_flow, motion_boundaries, occlusion_mask
from tests.placement import on_meta_alone
from tests.video.helpers import overlap, photo_scene, steady

OCCLUDING = ["translation", "zoom", "rotation", "parallax", "disc", "shake"]


@pytest.mark.parametrize("motion", OCCLUDING)
@pytest.mark.parametrize("speed", [4, 8])
def test_exact_flow_without_boundaries_gives_the_exact_occlusion(motion, speed):
    for seed in range(4):
        clip = photo_scene("great_wall", motion, frames=3, speed=speed, seed=seed)
        mask = occlusion_mask(clip.forward, clip.backward, boundaries=False)
        assert overlap(mask, clip.occluded) >= 0.8, seed
        assert not (clip.occluded & ~mask).any(), seed


@pytest.mark.parametrize("motion", OCCLUDING)
def test_between_pixels_too_over_all_speeds(motion):
    """Where a pixel came from between two, the forward flow is blended across an outline, which widens the mask."""
    speeds = (1.3, 2.5, 4.5, 5.7, 7.3, 8)
    clips = [photo_scene("great_wall", motion, speed=speed, seed=seed) for seed, speed in enumerate(speeds)]
    masks = [occlusion_mask(clip.forward, clip.backward, boundaries=False) for clip in clips]
    assert overlap(torch.cat(masks), torch.cat([clip.occluded for clip in clips])) >= 0.8


def test_light_alone_hides_nothing():
    clip = photo_scene("great_wall", "light")
    assert not occlusion_mask(clip.forward, clip.backward).any()


def test_estimated_flow_finds_most_of_what_comes_into_the_frame():
    clip = photo_scene("neuschwanstein", "translation", size=(200, 260), speed=8)
    forward, backward = (estimate_flow(*pair) for pair in (clip.frames.split(1), clip.frames.split(1)[::-1]))
    assert overlap(occlusion_mask(forward, backward), clip.occluded) > 0.6


# The formulas


@pytest.mark.parametrize(
    ("there", "back", "occluded"),
    [
        ((3, 4), (-3, -4), False),
        ((0, 0), (0, 0), False),
        ((0.7, 0), (0, 0), False),  # .49 <= .01 * .49 + .5
        ((0.8, 0), (0, 0), True),  # .64 >  .01 * .64 + .5
        ((10, 0), (-8.6, 0), False),  # 1.96 <= .01 * (100 + 73.96) + .5
        ((10, 0), (-8.4, 0), True),  # 2.56 >  .01 * (100 + 70.56) + .5
        ((3, 4), (3, 4), True),
        ((3, -4), (-3, -4), True),
    ],
)
def test_it_is_occluded_where_back_and_there_differ(there, back, occluded):
    mask = occlusion_mask(steady(*there), steady(*back), boundaries=False)
    inside = mask[..., 12:-12, 12:-12]
    assert inside.all() == inside.any() == occluded


def test_the_forward_flow_is_looked_up_where_the_pixel_came_from():
    """It is right at column 10 alone, from where backward flow of -5 takes column 15."""
    forward, backward = steady(0, 0), steady(-5, 0)
    forward[:, 0, :, 10] = 5
    mask = occlusion_mask(forward, backward, boundaries=False)
    assert (~mask).nonzero()[:, 3].unique().tolist() == [15]


def test_out_of_the_frame_is_occluded_whatever_the_forward_flow():
    mask = occlusion_mask(steady(0, 3), steady(0, -3), boundaries=False)
    assert mask.nonzero()[:, 2].unique().tolist() == [0, 1, 2]


def test_an_unknown_flow_is_occluded():
    backward = steady(0, 0)
    backward[..., 5, 6] = torch.nan
    assert occlusion_mask(steady(0, 0), backward, boundaries=False).nonzero().tolist() == [[0, 0, 5, 6]]
    assert occlusion_mask(backward, steady(0, 0), boundaries=False)[..., 5, 6]


def test_boundaries_lie_where_the_backward_flow_changes():
    """A step from 0 to 2 px between columns 19 and 20: central differences of 1 at both."""
    backward = steady(0, 0)
    backward[:, 0, :, 20:] = 2
    assert motion_boundaries(backward).nonzero()[:, 3].unique().tolist() == [19, 20]
    turned = backward.transpose(2, 3).flip(1)
    assert torch.equal(motion_boundaries(turned), motion_boundaries(backward).transpose(2, 3))
    forward = -backward
    assert (
        (occlusion_mask(forward, backward) == occlusion_mask(forward, backward, boundaries=False)).logical_not().any()
    )


@pytest.mark.parametrize(("slope", "speed", "boundary"), [(0.04, 0, False), (0.05, 0, True), (0.5, 6, False)])
def test_faster_flow_may_change_faster(slope, speed, boundary):
    """.05^2 > .002 > .04^2; of 6 px, .01 * 36 + .002 > .5^2."""
    backward = steady(0, speed)
    backward[:, 0] = slope * (torch.arange(50) - 25)
    assert motion_boundaries(backward)[0, 0, 20, 25] == boundary


def test_boundaries_are_added():
    clip = photo_scene("great_wall", "disc", speed=4)
    without = occlusion_mask(clip.forward, clip.backward, boundaries=False)
    edges = motion_boundaries(clip.backward)
    assert torch.equal(occlusion_mask(clip.forward, clip.backward), without | edges)
    assert (edges & ~without).any()
    assert edges.float().mean() < 0.05


def test_everything_stays_on_its_device():
    forward, backward = torch.rand(2, 3, 2, 9, 11, device="meta")
    with on_meta_alone():
        assert occlusion_mask(forward, backward).device.type == "meta"
