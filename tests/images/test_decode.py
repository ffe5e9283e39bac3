"""Any file that a user has becomes a picture or one sentence."""

import os
import re
import warnings
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import torch

from nst_helpers.assets import find
from nst_helpers.images import decode, load_image, picture_size, save_image
from tests.images.helpers import ONE_SENTENCE, color, noise, refused

RED = (255, 0, 0)


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
    cut = b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12\x01\x03\0\x01"
    for block, expected in ((number_as_text, (1, 3, 30, 20)), (cut, (1, 3, 20, 30))):
        noise().save(tmp_path / "a.jpg", exif=block)
        assert load_image(tmp_path / "a.jpg").shape == expected  # what says how to turn it is legible, or isn't
        assert picture_size(tmp_path / "a.jpg") == expected[2:]


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


def test_a_pillow_image_stays_as_it_was(tmp_path):
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    noise(300, 200).save(tmp_path / "big.jpg", exif=exif)
    picture = PIL.Image.open(tmp_path / "big.jpg")
    load_image(picture, 20)
    assert (picture.size, picture.mode, picture.getexif()[0x0112]) == ((300, 200), "RGB", 6)


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
    with refused("text.png is cut short or no picture of a format that is read here: export it as PNG or JPEG"):
        load_image(tmp_path / "text.png")
    with refused("the Pillow image is 0x5 px"):
        load_image(PIL.Image.new("RGB", (0, 5)))


def test_an_unreadable_file_is_refused(tmp_path, monkeypatch):
    noise().save(tmp_path / "locked.png")

    def denied(*_, **__):
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
    with refused(r"there is no file .*a\\x00b.png", FileNotFoundError):
        load_image("a\0b.png")
    with refused(r"there is no file .*two\\nlines \\x1b\[31m\\udcff.png", FileNotFoundError):
        load_image("two\nlines \x1b[31m\udcff.png")
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


def test_the_sentence_matcher_itself_can_fail():
    assert re.search(ONE_SENTENCE.format("too"), "the picture is too large: shrink it")
    for bad in ("too large\nshrink it", "it is too large.", "it is large"):
        assert not re.search(ONE_SENTENCE.format("too"), bad)


EPS = "%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n"


@pytest.mark.parametrize(
    "data",
    [
        EPS.encode(),
        b"\xc5\xd0\xd3\xc6" + EPS.encode(),
        b"%PDF-1.7\n",
        b"\xd7\xcd\xc6\x9a\0\0" + bytes(80),
        b"SIMPLE  =                    T" + b" " * 2850,
    ],
    ids=["EPS", "EPS with a preview", "PDF", "WMF", "FITS"],
)
def test_only_raster_formats_are_opened_whatever_the_name(here, data, monkeypatch):
    monkeypatch.setattr("PIL.EpsImagePlugin.Ghostscript", None)  # to call it would be a TypeError, told as damage
    Path("photo.jpg").write_bytes(data)
    with refused("photo.jpg is cut short or no picture of a format that is read here"):
        load_image("photo.jpg")


def test_a_format_that_this_pillow_lacks_is_no_reason_to_fail(tmp_path, monkeypatch):
    noise().save(tmp_path / "a.png")
    (tmp_path / "text.png").write_text("This is no picture.")
    monkeypatch.setattr(decode, "FORMATS", ("NO SUCH", *decode.FORMATS))
    assert load_image(tmp_path / "a.png").shape == (1, 3, 20, 30)
    with refused("is cut short or no picture of a format that is read here"):
        load_image(tmp_path / "text.png")


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "gif", "bmp", "dib", "tif", "ppm", "ico", "jp2", "avif"])
def test_the_formats_that_are_meant_are_opened(tmp_path, suffix):
    if f".{suffix}" not in PIL.Image.registered_extensions():
        pytest.skip("this Pillow can't write it")
    noise(32, 32).save(tmp_path / f"a.{suffix}")
    assert load_image(tmp_path / f"a.{suffix}").shape == (1, 3, 32, 32)


@pytest.mark.parametrize("error", [MemoryError(), OverflowError("signed integer is greater than maximum")])
def test_what_does_not_fit_into_memory_is_said(tmp_path, monkeypatch, error):
    noise().save(tmp_path / "a.png")

    def fail(*_):
        raise error

    monkeypatch.setattr(PIL.Image.Image, "resize", fail)
    with refused("60x40 px don't fit into memory: take a smaller size", MemoryError):
        load_image(tmp_path / "a.png", 60)
    monkeypatch.setattr(PIL.Image.Image, "load", fail)
    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load", fail)
    with refused("a.png doesn't fit into memory: shrink it first", MemoryError):
        load_image(tmp_path / "a.png", 60)
