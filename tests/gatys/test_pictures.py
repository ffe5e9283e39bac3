"""The pictures of a run: loaded once, checked before the first step."""

import re

import pytest
import torch
from PIL import Image

from nst_helpers.gatys import GatysSettings
from nst_helpers.gatys.pictures import load_inputs
from nst_helpers.images import faint_noise, load_image, match_color, resize

CPU = torch.device("cpu")


def load(content="astronaut", style="starry_night", **options):
    return load_inputs(content, style, GatysSettings(**{"size": 32, **options}), CPU)


def test_photo_paintings_and_start_have_the_size_asked_for():
    inputs = load("neuschwanstein", ["starry_night", "whalers"])
    assert torch.equal(inputs.photo, load_image("neuschwanstein", 32))
    assert torch.equal(inputs.paintings[1], load_image("whalers", 32))
    assert torch.equal(inputs.start, inputs.photo)
    assert (list(inputs.shares), list(inputs.masks)) == ([0.5, 0.5], [None, None])


def test_files_are_loaded_at_256_px_and_tensors_as_they_are():
    tensor = torch.rand(1, 3, 20, 30)
    inputs = load(tensor, "starry_night", size=None)
    assert torch.equal(inputs.photo, tensor)
    assert max(inputs.paintings[0].shape) == 256


def test_every_file_is_decoded_once(tmp_path, monkeypatch):
    names = []
    opened = Image.open
    monkeypatch.setattr(
        Image, "open", lambda path, *args, **keywords: names.append(path) or opened(path, *args, **keywords)
    )
    load("astronaut", ["whalers", "coffee"], masks=["chelsea", "macaw"], init="great_wall")
    assert len(names) == len({str(name) for name in names}) == 6


def test_a_start_is_content_noise_or_a_picture():
    assert load(init="noise").start is None
    assert torch.equal(load(init="noise").first(seed=3), faint_noise(32, 32, 3))
    assert torch.equal(load().first(seed=3), load_image("astronaut", 32))
    assert torch.equal(load(init="macaw").start, resize(load_image("macaw"), (32, 32)))
    assert torch.equal(load(init=torch.zeros(1, 3, 4, 4)).start, torch.zeros(1, 3, 32, 32))


@pytest.mark.parametrize(
    ("init", "error", "sentence"),
    [
        ("noize", ValueError, "init 'noize' is unknown: did you mean noise?"),
        ("macav", ValueError, "init 'macav' is unknown: did you mean macaw?"),
        ("nowhere/start.png", FileNotFoundError, "there is no file"),
        (torch.full((1, 3, 4, 4), 2.0), ValueError, "a picture lies in [0, 1]"),
    ],
)
def test_a_start_that_cannot_be_is_a_sentence(init, error, sentence):
    with pytest.raises(error, match=re.escape(sentence)):
        load(init=init)


def test_shrinking_keeps_noise_to_be_made_and_no_side_below_the_smallest():
    inputs = load(torch.rand(1, 3, 40, 10), size=None, init="noise").shrunk(4, smallest=8)
    assert inputs.photo.shape[-2:] == (10, 8)
    assert inputs.start is None
    assert inputs.first(0).shape == inputs.photo.shape
    assert load().shrunk(2, smallest=8).start.shape[-2:] == (16, 16)
    assert (same := load()).shrunk(1, smallest=8) is same


def test_a_mask_is_fitted_to_the_photo_as_an_average():
    fine = torch.zeros(64, 64)
    fine[:, ::2] = 1  # half of it, in stripes finer than the photo's pixels
    (mask,) = load(masks=[fine]).masks
    assert mask.shape == (1, 1, 32, 32)
    assert mask[..., 2:-2].sub(0.5).abs().max() < 0.1


def test_a_mask_is_white_where_its_style_is_wanted():
    left = torch.zeros(64, 64)
    left[:, :32] = 1
    (mask,) = load(masks=[left]).masks
    assert (mask[..., :14] == 1).all()
    assert (mask[..., 18:] == 0).all()


@pytest.mark.parametrize(
    ("mask", "sentence"),
    [
        (torch.full((4, 4), 7.0), "a picture lies in [0, 1]"),
        (torch.full((4, 4), float("nan")), "NaN"),
        (torch.zeros(4, 4), "black all over"),
        (torch.ones(4, 4, dtype=torch.int64), "a picture is float in [0, 1]"),
        ("no_such_mask", "no bundled picture is called 'no_such_mask'"),
    ],
)
def test_a_mask_is_checked_as_a_picture_is(mask, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        load(masks=[mask])


def test_matched_paintings_have_the_photos_colours():
    expected = match_color(load_image("starry_night", 32), load_image("astronaut", 32))
    assert torch.equal(load(preserve_color="match").paintings[0], expected)
