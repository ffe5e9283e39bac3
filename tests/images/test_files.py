"""Any picture a user has becomes RGB float32 in [0, 1] or one sentence; it is written whole or not at all."""

import os
import re
import stat
import warnings
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import torch
from PIL import ImageCms

from nst_helpers.assets import find
from nst_helpers.images import decode, faint_noise, load_image, resize, save_image, to_pil

RED = (255, 0, 0)
ONE_SENTENCE = r"^(?=[^\n]*{})[^\n]*[^.\n]\Z"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def noise(width=30, height=20, seed=0):
    values = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return PIL.Image.fromarray(values)


def color(image):
    """The one colour of a plain picture, after checking that it is plain."""
    assert torch.equal(image, image[:, :, :1, :1].expand_as(image))
    return image[0, :, 0, 0].tolist()


def refused(message, error=ValueError):
    """The whole message is one sentence."""
    return pytest.raises(error, match=ONE_SENTENCE.format(message))


# what comes in ----------------------------------------------------------------------------------------------


def test_a_picture_is_a_contiguous_batch_of_one_in_0_to_1():
    image = load_image(noise())
    assert image.shape == (1, 3, 20, 30)
    assert image.dtype == torch.float32
    assert image.is_contiguous()
    assert torch.equal(image[0].permute(1, 2, 0), torch.from_numpy(np.array(noise())) / 255)


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


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
def test_exif_orientation_is_obeyed(tmp_path, orientation, suffix):
    blocks = np.kron([[250, 150, 60], [0, 100, 200]], np.ones((16, 16)))
    upright = PIL.Image.fromarray(blocks.astype(np.uint8))
    undo = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]  # PIL.Image.Transpose
    stored = upright if undo is None else upright.transpose(PIL.Image.Transpose(undo))
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    stored.convert("RGB").save(tmp_path / f"turned.{suffix}", exif=exif, quality=100)
    for picture in (tmp_path / f"turned.{suffix}", PIL.Image.open(tmp_path / f"turned.{suffix}")):
        image = load_image(picture)
        assert image.shape == (1, 3, 32, 48)
        assert torch.allclose(image, load_image(upright), atol=0.06)
    assert load_image(tmp_path / f"turned.{suffix}", 12).shape == (1, 3, 8, 12)


def test_corrupt_exif_is_no_reason_to_refuse(tmp_path):
    exif = PIL.Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Maker"
    number_as_text = exif.tobytes().replace(b"\x01\x0f\0\x02", b"\x01\x56\0\x02")
    for number, block in enumerate((number_as_text, b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12\x01\x03\0\x01")):
        noise().save(tmp_path / f"{number}.jpg", exif=block)
        assert load_image(tmp_path / f"{number}.jpg").shape == (1, 3, 20, 30)


def test_adobe_cmyk_jpeg_is_not_inverted(tmp_path):
    PIL.Image.new("RGB", (16, 16), RED).convert("CMYK").save(tmp_path / "ink.jpg", quality=100)
    assert load_image(tmp_path / "ink.jpg").mean(dim=(0, 2, 3)).tolist() == pytest.approx([1, 0, 0], abs=0.02)


@pytest.mark.parametrize("suffix", ["gif", "webp", "png", "tif"])
def test_the_first_frame_of_many_is_taken(tmp_path, suffix):
    frames = [PIL.Image.new("RGB", (16, 16), paint) for paint in (RED, (0, 0, 255))]
    frames[0].save(tmp_path / f"many.{suffix}", save_all=True, append_images=frames[1:])
    with PIL.Image.open(tmp_path / f"many.{suffix}") as stored:
        assert stored.n_frames == 2
    image = load_image(tmp_path / f"many.{suffix}")
    assert image.mean(dim=(0, 2, 3)).tolist() == pytest.approx([1, 0, 0], abs=0.02)


# sizes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "size", "expected"),
    [
        ((30, 20), 15, (10, 15)),
        ((20, 30), 15, (15, 10)),
        ((30, 20), 60, (40, 60)),
        ((1, 1), 5, (5, 5)),
        ((1000, 1), 10, (1, 10)),
        ((1, 1000), 1, (1, 1)),
        ((7, 7), 7, (7, 7)),
    ],
)
def test_size_is_the_longer_side_for_pictures_and_tensors_alike(given, size, expected):
    picture = noise(*given)
    assert load_image(picture, size).shape[-2:] == expected
    assert load_image(load_image(picture), size).shape[-2:] == expected


@pytest.mark.parametrize("size", [0, -5])
def test_a_size_below_one_pixel_is_refused(size):
    with refused(f"size is {size}: the longer side needs at least 1 px"):
        load_image(noise(), size)
    with refused(f"size is {size}: each side needs"):
        resize(torch.rand(1, 3, 4, 4), size)
    with refused("each side needs"):
        resize(torch.rand(1, 3, 4, 4), (4, size))


def test_shrinking_is_antialiased():
    stripes = PIL.Image.fromarray(np.tile(np.array([0, 255], dtype=np.uint8), (64, 32)))
    for small in (load_image(stripes, 15), resize(load_image(stripes), 15)):
        assert small[..., 2:-2].sub(0.5).abs().max() < 0.05


def test_a_12000_by_9000_jpeg_is_decoded_small(tmp_path, monkeypatch):
    PIL.Image.new("L", (12000, 9000), 77).save(tmp_path / "huge.jpg")
    decoded = []
    upright = decode._upright
    monkeypatch.setattr(decode, "_upright", lambda pil: decoded.append(pil.size) or upright(pil))
    image = load_image(tmp_path / "huge.jpg", 256)
    assert image.shape == (1, 3, 192, 256)
    assert color(image) == pytest.approx([77 / 255] * 3, abs=0.005)
    assert decoded == [(1500, 1125)]
    with refused("huge.jpg has over 89478485 pixels: shrink it, give a size"):
        load_image(tmp_path / "huge.jpg")


def test_decoding_small_looks_like_decoding_whole():
    whole = load_image(PIL.Image.open(find("great_wall").path), 90)
    assert (load_image("great_wall", 90) - whole).abs().mean() < 0.002


@pytest.mark.parametrize(("orientation", "expected"), [(1, (40, 60)), (6, (60, 40))])
def test_decoding_small_keeps_the_aspect_of_the_whole(tmp_path, orientation, expected):
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    PIL.Image.new("RGB", (900, 605)).save(tmp_path / "a.jpg", exif=exif)  # at a quarter 225x152, hence 60x41
    assert load_image(tmp_path / "a.jpg", 60).shape[-2:] == expected


def test_resize_keeps_each_channel_in_its_range_and_constants_constant():
    checks = torch.zeros(2, 4, 8, 8)
    checks[..., ::2] = 1
    checks[1] *= 5
    checks[:, 3] = 0.7
    large = resize(checks, (31, 17))
    assert large.shape == (2, 4, 31, 17)
    assert (large[0].min(), large[0].max(), large[1].max()) == (0, 1, 5)
    assert torch.allclose(large[:, 3], torch.tensor(0.7))
    assert torch.equal(large[1:], resize(checks[1:], (31, 17)))
    assert torch.allclose(resize(checks, (8, 8)), checks)


def test_resize_passes_gradients_and_half_precision():
    image = torch.rand(1, 3, 8, 8, requires_grad=True)
    resize(image, 5).sum().backward()
    assert image.grad.abs().sum() > 0
    assert resize(image.half(), 5).dtype == torch.float16


# tensors ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("shape", [(3, 4, 5), (1, 3, 4, 5)])
def test_a_tensor_is_copied_never_shared(dtype, shape):
    given = torch.rand(shape).to(dtype)
    image = load_image(given)
    assert image.shape == (1, 3, 4, 5)
    assert image.dtype == torch.float32
    assert torch.equal(image[0], given.reshape(3, 4, 5).float())
    before = given.clone()
    image.zero_()
    assert torch.equal(given, before)


def test_a_permuted_or_expanded_tensor_becomes_contiguous_without_history():
    strided = torch.rand(4, 5, 3, requires_grad=True).permute(2, 0, 1)
    for given in (strided, torch.rand(3, 1, 1).expand(3, 4, 5)):
        image = load_image(given)
        assert image.is_contiguous()
        assert not image.requires_grad
        assert torch.equal(image[0], given)


@pytest.mark.parametrize(
    ("tensor", "message"),
    [
        (torch.zeros(3, 4, 4, dtype=torch.uint8), r"uint8 .*: a picture is float in \[0, 1\]; for 0..255 use"),
        (torch.full((3, 4, 4), 1.5), r"values run from 1.5 to 1.5: a picture lies in \[0, 1\]; clamp it"),
        (torch.full((3, 4, 4), -0.1), "values run from -0.1 to -0.1"),
        (torch.full((1, 3, 4, 4), float("nan")), "has NaN or infinite values"),
        (torch.full((1, 3, 4, 4), float("inf")), "has NaN or infinite values"),
        (torch.rand(4, 4), r"shape \(4, 4\): one picture is \(3, height, width\) or \(1, 3, height, width\)"),
        (torch.rand(4, 4, 3), r"shape \(4, 4, 3\): one picture is"),
        (torch.rand(2, 3, 4, 4), r"a batch of 2: pick one picture with image\[i\]"),
        (torch.rand(3, 0, 4), r"shape \(3, 0, 4\): one picture is"),
    ],
)
def test_a_tensor_that_is_no_picture_is_refused(tensor, message):
    with refused(message):
        load_image(tensor)


def test_a_pillow_image_stays_as_it_was(tmp_path):
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    noise(300, 200).save(tmp_path / "big.jpg", exif=exif)
    picture = PIL.Image.open(tmp_path / "big.jpg")
    load_image(picture, 20)
    assert (picture.size, picture.mode, picture.getexif()[0x0112]) == ((300, 200), "RGB", 6)


# names and paths --------------------------------------------------------------------------------------------


def test_a_bare_name_is_the_bundled_picture_even_beside_a_file_of_that_name(here):
    PIL.Image.new("RGB", (3, 3), RED).save(here / "starry_night", "PNG")
    bundled = load_image(find("starry_night").path)
    assert torch.equal(load_image("starry_night"), bundled)
    assert color(load_image("./starry_night")) == [1, 0, 0]
    assert color(load_image(Path("starry_night"))) == [1, 0, 0]


def test_a_name_with_a_suffix_is_a_file(here):
    with refused("there is no file .*starry_night.jpg: the bundled one is called", FileNotFoundError):
        load_image("starry_night.jpg")
    PIL.Image.new("RGB", (3, 3), RED).save(here / "starry_night.png")
    assert color(load_image("starry_night.png")) == [1, 0, 0]


def test_a_typo_suggests_the_bundled_name(here):
    with refused(r"there is no file stary_night, and no bundled .*: did you mean 'starry_night'\?") as caught:
        load_image("stary_night")
    assert caught.value.__suppress_context__
    assert caught.value.__cause__ is None


def test_missing_empty_and_odd_paths(here):
    with refused("there is no file .*nowhere/photo.png: check folder and suffix", FileNotFoundError):
        load_image("nowhere/photo.png")
    with refused("is a directory: name one picture in it", IsADirectoryError):
        load_image(here)
    with refused("the name is empty"):
        load_image("")
    with refused("there is no file", FileNotFoundError):
        load_image("a\0b.png")
    with refused("there is no file", FileNotFoundError):
        load_image("x" * 5000 + ".png")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_named_pipe_does_not_hang(here):
    os.mkfifo("pipe.png")
    with refused("pipe.png is no regular file"):
        load_image("pipe.png")


def test_home_is_expanded(here, monkeypatch):
    monkeypatch.setenv("HOME", str(here))
    save_image(torch.ones(3, 2, 2), "~/white.png")
    assert color(load_image("~/white.png")) == [1, 1, 1]


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "gif", "bmp", "tif"])
@pytest.mark.parametrize("part", [0.3, 0.7, 0.98])
def test_a_truncated_file_is_refused(tmp_path, suffix, part):
    path = tmp_path / f"cut.{suffix}"
    noise(90, 60).save(path)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * part)])
    with refused(rf"cut.{suffix} is (damaged or incomplete|cut short)"):
        load_image(path)


def test_files_that_are_no_pictures_are_refused(tmp_path):
    (tmp_path / "empty.png").touch()
    with refused("empty.png is empty: download or export it again"):
        load_image(tmp_path / "empty.png")
    (tmp_path / "text.png").write_text("This is no picture.")
    with refused("text.png is cut short or no picture that Pillow reads"):
        load_image(tmp_path / "text.png")
    with refused("the Pillow image is 0x5 px"):
        load_image(PIL.Image.new("RGB", (0, 5)))


def test_an_unreadable_file_is_refused(tmp_path, monkeypatch):
    noise().save(tmp_path / "locked.png")

    def denied(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(PIL.Image, "open", denied)
    with refused("locked.png may not be read: change its permissions"):
        load_image(tmp_path / "locked.png")


@pytest.mark.parametrize("limit", [500, 200], ids=["warning", "error"])  # for 600 pixels
def test_decompression_bombs_are_refused(tmp_path, monkeypatch, limit):
    noise().save(tmp_path / "bomb.png")
    monkeypatch.setattr(PIL.Image, "MAX_IMAGE_PIXELS", limit)
    with refused(f"bomb.png has over {limit} pixels: shrink it"):
        load_image(tmp_path / "bomb.png", 10)
    monkeypatch.setattr(PIL.Image, "MAX_IMAGE_PIXELS", None)
    assert load_image(tmp_path / "bomb.png").shape == (1, 3, 20, 30)


def test_a_bomb_inside_an_icon_is_refused(tmp_path, monkeypatch):
    noise(64, 64).save(tmp_path / "bomb.ico", sizes=[(64, 64)])
    data = bytearray((tmp_path / "bomb.ico").read_bytes())
    data[6] = data[7] = 8  # the directory says 8x8, the PNG inside has 64x64
    (tmp_path / "bomb.ico").write_bytes(data)
    monkeypatch.setattr(PIL.Image, "MAX_IMAGE_PIXELS", 3000)
    with refused("bomb.ico has over 3000 pixels"):
        load_image(tmp_path / "bomb.ico")


def test_reading_leaves_the_warning_filters_alone(tmp_path):
    noise().save(tmp_path / "a.png")
    before = list(warnings.filters)
    load_image(tmp_path / "a.png")
    assert warnings.filters == before


# what goes out ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif", "tiff", "PNG"])
def test_all_256_values_survive_a_round_trip(tmp_path, suffix):
    image = (torch.arange(256).float() / 255).reshape(1, 1, 16, 16).repeat(1, 3, 1, 1)
    path = save_image(image, tmp_path / f"ramp.{suffix}")
    assert path == tmp_path / f"ramp.{suffix}"
    assert torch.equal(load_image(path), image)


def test_values_are_clamped_and_rounded_not_truncated():
    image = torch.tensor([-3.0, 0.9 / 255, 127.4 / 255, 254.6 / 255, 7.0]).expand(3, 1, 5)
    assert np.array(to_pil(image))[0, :, 0].tolist() == [0, 1, 127, 255, 255]
    assert np.array(to_pil(image.half()[None])).shape == (1, 5, 3)


@pytest.mark.parametrize(("suffix", "name"), [("jpg", "JPEG"), ("jpeg", "JPEG"), ("webp", "WEBP"), ("tif", "TIFF")])
def test_the_suffix_names_the_format(tmp_path, suffix, name):
    image = load_image("chelsea", 64)
    with PIL.Image.open(save_image(image, tmp_path / f"cat.{suffix}")) as stored:
        assert stored.format == name
        if name == "JPEG":
            assert [component[1:3] for component in stored.layer] == [(1, 1)] * 3  # 4:4:4
    assert (load_image(tmp_path / f"cat.{suffix}") - image).abs().mean() < 0.02


def test_saving_needs_no_batch_changes_nothing_and_detaches(tmp_path):
    image = torch.full((3, 2, 2), 1.2, requires_grad=True)
    save_image(image, str(tmp_path / "a.png"))
    assert image.min() > 1
    assert color(load_image(tmp_path / "a.png")) == [1, 1, 1]


@pytest.mark.parametrize(
    ("image", "path", "error", "message"),
    [
        (torch.rand(2, 3, 4, 4), "a.png", ValueError, "a batch of 2: pick one"),
        (torch.full((3, 4, 4), float("nan")), "a.png", ValueError, "has NaN or infinite values"),
        (torch.rand(3, 4, 4), "a.xyz", ValueError, "a.xyz has no suffix .*: use .png, .jpg, .jpeg, .webp"),
        (torch.rand(3, 4, 4), "a", ValueError, "use .png"),
        (torch.rand(3, 4, 4), "no/a.png", FileNotFoundError, "no is no directory: create it before saving a.png"),
        (torch.rand(3, 1, 20000), "a.webp", OSError, "a.webp can't be written .*16383.*: choose another"),
    ],
)
def test_what_cannot_be_saved_is_refused_and_leaves_nothing(here, image, path, error, message):
    with refused(message, error):
        save_image(image, path)
    assert list(here.iterdir()) == []


def test_a_directory_is_not_overwritten(tmp_path):
    (tmp_path / "d.png").mkdir()
    with refused("d.png is a directory", IsADirectoryError):
        save_image(torch.rand(3, 2, 2), tmp_path / "d.png")


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("step", ["save", "replace"])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, fault, step):
    path = save_image(torch.zeros(3, 2, 2), tmp_path / "a.png")
    before = path.read_bytes()

    def fail(*given, **_):
        if step == "save":
            given[1].write(b"half a pict")
        raise fault

    monkeypatch.setattr(*((PIL.Image.Image, "save") if step == "save" else (os, "replace")), fail)
    with pytest.raises(type(fault), match=r"a.png can't be written \(No space left on device\)|^$"):
        save_image(torch.ones(3, 2, 2), path)
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == before


@pytest.mark.skipif(os.name != "posix", reason="permissions and links as on Unix")
def test_a_saved_file_has_ordinary_permissions_and_a_link_stays_a_link(tmp_path):
    (tmp_path / "plain").touch()
    path = save_image(torch.ones(3, 2, 2), tmp_path / "a.png")
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)
    (tmp_path / "link.png").symlink_to(path)
    save_image(torch.zeros(3, 2, 2), tmp_path / "link.png")
    assert (tmp_path / "link.png").is_symlink()
    assert color(load_image(path)) == [0, 0, 0]


def test_faint_noise_is_all_but_grey_and_goes_by_its_seed():
    start = faint_noise(100, 120, seed=1)
    assert start.shape == (1, 3, 100, 120)
    assert start.mean().item() == pytest.approx(0.5, abs=0.002)
    assert start.std().item() == pytest.approx(0.05, rel=0.05)
    assert torch.equal(start, faint_noise(100, 120, seed=1))
    assert not torch.equal(start, faint_noise(100, 120, seed=2))


def test_the_sentence_matcher_itself_can_fail():
    assert re.search(ONE_SENTENCE.format("too"), "the picture is too large: shrink it")
    for bad in ("too large\nshrink it", "it is too large.", "it is large"):
        assert not re.search(ONE_SENTENCE.format("too"), bad)
