"""Every way to store a colour becomes RGB in [0, 1]."""

import numpy as np
import PIL.Image
import pytest
import torch
from PIL import ImageCms

from nst_helpers.images import load_image
from tests.images.helpers import color, refused

RED = (255, 0, 0)


@pytest.mark.parametrize(
    "mode",
    [
        "1",
        "L",
        "P",
        "LA",
        "PA",
        "RGB",
        "RGBA",
        "RGBX",
        "RGBa",
        "La",
        "CMYK",
        "YCbCr",
        "HSV",
        "LAB",
        "I;16",
        "I;16L",
        "I;16B",
        "I",
        "F",
    ],
)
@pytest.mark.parametrize("size", [None, 7])
def test_every_mode_of_pillow_is_read(mode, size):
    white = PIL.Image.new("RGB", (9, 5), (255, 255, 255))
    if mode == "LAB":
        profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        picture = ImageCms.profileToProfile(white, *profiles, outputMode="LAB")
    elif mode[0] in "IF":
        picture = PIL.Image.new(mode, (9, 5), 1 if mode == "F" else 65535)
    else:
        through = {"RGBa": "RGBA", "La": "LA", "PA": "P"}.get(mode, mode)
        picture = white.convert(through).convert(mode)
    assert picture.mode == mode
    image = load_image(picture, size)
    assert image.shape == ((1, 3, 5, 9) if size is None else (1, 3, 4, 7))
    assert color(image) == pytest.approx([1, 1, 1], abs=0.01)


@pytest.mark.parametrize("mode", ["P", "CMYK", "YCbCr", "HSV", "LAB"])
def test_colours_survive_their_mode(mode):
    plain = PIL.Image.new("RGB", (4, 4), (200, 100, 50))
    if mode == "LAB":
        profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        picture = ImageCms.profileToProfile(plain, *profiles, outputMode="LAB")
    else:
        picture = plain.convert(mode)
    expected = [200 / 255, 100 / 255, 50 / 255]
    assert color(load_image(picture)) == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize("suffix", ["png", "tif"])
@pytest.mark.parametrize("size", [None, 400])
def test_16_bit_grey_keeps_its_range_and_its_depth(tmp_path, suffix, size):
    ramp = np.linspace(0, 65535, 800).astype(np.uint16)[None].repeat(3, axis=0)
    PIL.Image.fromarray(ramp).save(tmp_path / f"deep.{suffix}")
    image = load_image(tmp_path / f"deep.{suffix}", size)
    assert image[0, 0, 0, 0] < 0.003
    assert image[0, 0, 0, -1] > 0.997
    assert len(image.unique()) > 390  # 8 bits would leave 256
    if size is None:
        assert torch.allclose(image[0, 1], torch.from_numpy(ramp.astype(np.float32)) / 65535)


def test_mode_i_maps_65535_to_1_and_refuses_more():
    values = np.array([[0, 13107, 65535]], dtype=np.int32)
    assert load_image(PIL.Image.fromarray(values))[0, 0, 0].tolist() == pytest.approx([0, 0.2, 1])
    with refused("the grey values run from 0 to 70000: mode I needs 0 to 65535; rescale them"):
        load_image(PIL.Image.fromarray(np.array([[0, 70000]], dtype=np.int32)))
    with refused("run from -3 to 5"):
        load_image(PIL.Image.fromarray(np.array([[-3, 5]], dtype=np.int32)))


def test_mode_f_must_lie_in_0_to_1():
    assert load_image(PIL.Image.new("F", (2, 2), 0.25)).unique().tolist() == [0.25]
    with refused("run from 128 to 128: mode F needs 0 to 1; rescale"):
        load_image(PIL.Image.new("F", (2, 2), 128))
    with refused("the grey values run from nan"):
        load_image(PIL.Image.new("F", (2, 2), float("nan")))


def test_lanczos_overshoot_of_deep_grey_is_clamped():
    edge = np.repeat(np.array([[0, 65535]], dtype=np.uint16), 20, axis=1).repeat(5, axis=0)
    image = load_image(PIL.Image.fromarray(edge), 100)
    assert (image.min(), image.max()) == (0, 1)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA", "RGBa"])
def test_transparency_lies_over_white(mode):
    clear = PIL.Image.new("RGBA", (4, 4), (0, 0, 0, 0))
    picture = clear.convert({"PA": "P"}.get(mode, mode)).convert(mode)
    if mode == "PA":
        picture.putalpha(0)
    assert color(load_image(picture)) == [1, 1, 1]
    half = PIL.Image.new("RGBA", (4, 4), (255, 0, 0, 128))
    assert color(load_image(half)) == pytest.approx([1, 127 / 255, 127 / 255], abs=0.005)


@pytest.mark.parametrize(
    ("picture", "transparency"),
    [
        (PIL.Image.new("RGB", (2, 2), RED).quantize(2), 0),
        (PIL.Image.new("RGB", (2, 2), RED).quantize(2), bytes([0, 255])),
        (PIL.Image.new("L", (2, 2), 7), 7),
        (PIL.Image.new("1", (2, 2), 0), 0),
        (PIL.Image.new("RGB", (2, 2), RED), RED),
        (PIL.Image.new("I;16", (2, 2), 999), 999),
    ],
    ids=["palette index", "palette bytes", "grey", "1-bit", "RGB", "16-bit"],
)
def test_a_transparent_colour_lies_over_white(tmp_path, picture, transparency):
    picture.save(tmp_path / "clear.png", transparency=transparency)
    assert color(load_image(tmp_path / "clear.png")) == [1, 1, 1]


def test_hidden_colours_do_not_bleed_when_resized():
    pixels = np.zeros((32, 32, 4), dtype=np.uint8)
    pixels[:, :16] = (255, 0, 0, 255)
    pixels[:, 16:] = (0, 255, 0, 0)  # green, but wholly transparent
    image = load_image(PIL.Image.fromarray(pixels), 8)
    assert torch.equal(image[:, 1], image[:, 2])
    assert image[0, 0].min() == 1


def test_palettes_and_bilevel_are_resized_as_colours():
    checkerboard = PIL.Image.fromarray(np.indices((64, 64)).sum(axis=0) % 2 == 1)
    assert checkerboard.mode == "1"
    for picture in (checkerboard, checkerboard.convert("P")):
        image = load_image(picture, 16)[..., 2:-2, 2:-2]
        assert torch.allclose(image, torch.tensor(0.5), atol=0.03)
