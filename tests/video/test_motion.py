"""How two frames lie on one another: what a scene knows of any two, and what is estimated."""

import pytest
import torch

from nst_helpers.video import estimate_motion, flicker, make_scene, out_of_frame, scene_motion, warp
from tests.video.helpers import mean_error, overlap, photo_scene

MOVING = ("translation", "zoom", "rotation", "parallax", "disc", "shake")


def known(motion, **options):
    return photo_scene("coffee", motion, **{"frames": 4, "speed": 3, "size": (64, 80), "seed": 1, **options})


def test_of_the_frame_before_it_is_the_scenes_own():
    scene = known("parallax")
    motion = scene_motion(scene, 2, 1)
    assert motion.flow.equal(scene.backward[1:2])
    assert motion.visible.equal(~scene.occluded[1:2])


@pytest.mark.parametrize("step", [-3, -2, -1, 1, 2, 3])
@pytest.mark.parametrize("motion", MOVING)
def test_any_other_frame_warped_by_it_is_this_one_where_it_is_visible(motion, step):
    scene = known(motion)
    this = 0 if step > 0 else 3
    found = scene_motion(scene, this, this + step)
    frame, other = scene.frames[this, None], scene.frames[this + step, None]
    right, wrong = (
        (frame - warp(other, flow)).abs().mean(1, True)[found.visible].mean() for flow in (found.flow, -found.flow)
    )
    assert found.visible.float().mean() > 0.5
    assert right < 0.5 * wrong


def test_steps_of_a_translation_add_up():
    scene = known("translation")
    flow = scene_motion(scene, 3, 0).flow
    torch.testing.assert_close(flow, 3 * scene.backward[:1], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("motion", ["zoom", "rotation"])
def test_the_second_step_is_taken_from_where_the_first_one_led(motion):
    """These flows are affine: ``b(p + a(p)) = b(p) + J a(p)``, J by differences from a pixel to the next."""
    scene = known(motion, speed=6)
    second, first = (scene.backward[number, None] for number in (1, 0))
    across, down = (torch.gradient(first, dim=side)[0] for side in (3, 2))
    wanted = second + first + across * second[:, :1] + down * second[:, 1:]
    found = scene_motion(scene, 2, 0)
    inside = found.visible.expand_as(wanted)
    torch.testing.assert_close(found.flow[inside], wanted[inside], rtol=0, atol=0.01)
    assert (found.flow - second - first)[inside].abs().max() > 0.1


@pytest.mark.parametrize("motion", ["translation", "parallax"])
def test_what_leaves_the_frame_is_not_visible_in_the_next(motion):
    scene = known(motion)
    leaving = out_of_frame(scene.forward[:1])
    visible = scene_motion(scene, 0, 1).visible
    assert leaving.any()
    assert not (visible & leaving).any()
    if motion == "translation":
        assert visible.equal(~leaving)


def test_what_a_disc_hides_in_between_is_not_visible():
    """A disc passes: of the still background behind, the farther frame shows less than both neighbours together."""
    scene = known("disc", speed=6)
    two = scene_motion(scene, 2, 0).visible
    assert not (two & ~scene_motion(scene, 2, 1).visible).any()
    assert two.sum() < scene_motion(scene, 2, 1).visible.sum()


@pytest.mark.parametrize("pair", [(1, 1), (0, 4), (-1, 0)])
def test_frames_that_there_are_not_are_a_sentence(pair):
    with pytest.raises(ValueError, match=r"name two frames of the scene, 0 to 3"):
        scene_motion(known("zoom"), *pair)


def test_estimated_it_is_near_what_the_scene_knows():
    scene = known("translation", size=(96, 128), speed=2)
    first, second = scene.frames[:2].split(1)
    found, true = estimate_motion(second, first), scene_motion(scene, 1, 0)
    assert mean_error(found.flow, true.flow, true.visible) < 0.5
    assert overlap(found.visible, true.visible) > 0.8
    assert flicker(scene.frames[:2], found.flow, ~found.visible) < 1e-3


def test_a_scene_of_one_picture_is_all_visible():
    scene = make_scene("coffee", "light", frames=3, size=32)
    motion = scene_motion(scene, 2, 0)
    assert motion.visible.all()
    assert not motion.flow.any()
