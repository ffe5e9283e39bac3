"""Estimated flow against scenes' exact one, and what is refused."""

import sys
from urllib.error import URLError

import pytest
import torch

from nst_helpers import assets
from nst_helpers.runtime import import_torchvision
from nst_helpers.video import estimate_both_flows, estimate_flow, flow, warp
from tests.images.helpers import refused
from tests.video.helpers import mean_error, photo_scene, rough, smooth


@pytest.mark.parametrize("size", [(128, 128), (320, 480)])
@pytest.mark.parametrize("motion", ["translation", "zoom", "rotation", "shake"])
def test_dis_is_off_by_a_third_of_a_pixel_at_most_on_smooth_motion(motion, size):
    """Up to 8 px, on each bundled photo, over visible pixels."""
    for seed, name in enumerate(assets.photos()):
        clip = photo_scene(name, motion, size=size, speed=8, seed=seed)
        backward = estimate_flow(clip.frames[1:], clip.frames[:1])
        error = mean_error(backward, clip.backward, ~clip.occluded)
        assert error <= 0.35, name
        assert error < 0.5 * mean_error(torch.zeros_like(backward), clip.backward, ~clip.occluded), name


def test_the_previous_frame_is_brought_to_this_one():
    clip = photo_scene("macaw", "disc", speed=6)
    previous, this = clip.frames[:1], clip.frames[1:]
    before, after = (this - previous).abs(), (this - warp(previous, estimate_flow(this, previous))).abs()
    assert after[~clip.occluded.expand_as(after)].mean() < 0.3 * before.mean()


def test_a_batch_is_estimated_pair_by_pair():
    clip = photo_scene("macaw", "rotation", frames=3)
    together = estimate_flow(clip.frames[:-1], clip.frames[1:])
    assert together.shape == (2, 2, 120, 161)
    assert torch.equal(together[1:], estimate_flow(clip.frames[1:2], clip.frames[2:]))


def test_both_flows_are_those_of_each_direction_by_itself():
    clip = photo_scene("macaw", "zoom", frames=3)
    earlier, later = clip.frames[:-1], clip.frames[1:]
    forward, backward = estimate_both_flows(earlier, later)
    assert torch.equal(forward, estimate_flow(earlier, later))
    assert torch.equal(backward, estimate_flow(later, earlier))


def test_equal_pictures_have_no_flow_and_give_no_gradient():
    picture = smooth(48, 64)[None].requires_grad_()
    found = estimate_flow(picture, picture.detach())
    assert found.abs().max() < 0.05
    assert not found.requires_grad


def test_the_smallest_pictures():
    assert estimate_flow(rough(16, 16), rough(16, 16, seed=1)).isfinite().all()
    assert estimate_flow(rough(16, 100), rough(16, 100, seed=1)).shape == (1, 2, 16, 100)
    assert estimate_flow(rough(100, 17), rough(100, 17, seed=1)).shape == (1, 2, 100, 17)


def test_a_long_strip_is_enlarged_no_farther_than_opencv_goes():
    strip = smooth(16, 2000)[None]
    found = estimate_flow(strip.roll(3, dims=-1), strip)
    assert (found[..., 8:-8] - torch.tensor([-3.0, 0.0]).view(1, 2, 1, 1)).norm(dim=1).mean() < 0.1


# RAFT, with weights at random: none is to be had without a network


@pytest.fixture
def raft_weights(monkeypatch, tmp_path):
    """Put what is called in place of torchvision's own reading or downloading."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    flow._raft.cache_clear()
    kind = import_torchvision().models._api.WeightsEnum
    yield lambda read: monkeypatch.setattr(kind, "get_state_dict", read)
    flow._raft.cache_clear()


def test_raft_takes_any_size_and_keeps_it(raft_weights, monkeypatch):
    models = import_torchvision().models.optical_flow
    torch.manual_seed(0)
    network = models.raft_large(weights=None).eval()
    raft_weights(lambda *_, **__: network.state_dict())
    first, second = rough(130, 141), rough(130, 141, seed=1)
    given = []

    def few_updates(self, *pictures):
        given.extend(pictures)
        return forward(self, *pictures, num_flow_updates=1)

    forward = models.RAFT.forward
    monkeypatch.setattr(models.RAFT, "forward", few_updates)
    found = estimate_flow(first, second, method="raft")
    assert found.shape == (1, 2, 130, 141)
    for picture, padded in zip((first, second), given, strict=True):
        assert padded.shape == (1, 3, 136, 144)
        torch.testing.assert_close(padded[..., :130, :141], 2 * picture - 1)
        assert torch.equal(padded[..., -1, :141], padded[..., 129, :141])
    with torch.no_grad():
        assert torch.equal(found, forward(network, *given, num_flow_updates=1)[-1][..., :130, :141])


def test_raft_offline_is_a_sentence(raft_weights):
    def offline(*_, **__):
        raise URLError("no route to host")

    raft_weights(offline)
    with pytest.raises(
        ConnectionError, match=r'Raft_Large_Weights.*no route to host.*go online once, or use method="dis"'
    ):
        estimate_flow(rough(128, 128), rough(128, 128), method="raft")


# Refused


def test_without_opencv_a_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(ImportError, match=r'OpenCV is missing.*pip install "nst-helpers\[video\]"\.$'):
        estimate_flow(rough(), rough())


@pytest.mark.parametrize(("method", "size"), [("dis", (15, 40)), ("dis", (40, 15)), ("raft", (127, 200))])
def test_pictures_too_small_are_a_sentence(method, size):
    with refused(f'the pictures are {size[1]}x{size[0]} px and method="{method}" needs at least'):
        estimate_flow(rough(*size), rough(*size), method=method)


def test_pictures_too_long_for_opencv_are_a_sentence():
    with refused("the pictures are 32767x16 px: OpenCV takes 32766 px a side at most"):
        estimate_flow(rough(16, 32767), rough(16, 32767))


def test_pictures_of_two_shapes_are_a_sentence():
    with refused(r"the pictures' shapes are \(1, 3, 40, 50\) and \(1, 3, 40, 51\)"):
        estimate_flow(rough(), rough(40, 51))
    with refused("the pictures' shapes are"):
        estimate_both_flows(rough(), rough(40, 51))


def test_nan_is_a_sentence():
    with refused("the pictures have NaN or infinite values"):
        estimate_flow(rough(), rough() / 0)


def test_an_unknown_method_is_a_sentence():
    with pytest.raises(ValueError, match="method 'raft_large' is unknown: did you mean raft"):
        estimate_flow(rough(), rough(), method="raft_large")
