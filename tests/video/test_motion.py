"""How two frames lie on one another: what a scene knows of any two, and what is estimated."""

import pytest
import torch

from nst_helpers.video import estimate_motion, flicker, make_scene, scene_motion, warp
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
