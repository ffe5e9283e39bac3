"""Reading clips: every frame, upright and at its time; what is broken is told, and what is there is kept."""

import re
import struct
import subprocess
import sys
from fractions import Fraction

import pytest
import torch

from nst_helpers.images import load_image, save_image
from nst_helpers.video import clips, read_clip
from tests.cli.process import environment
from tests.video.footage import film, number_of, numbered, psnr, scene, tone

UNEVEN = [Fraction(moment, 1000) for moment in (0, 40, 200, 210, 1000)]


def numbers(frames) -> list[int]:
    return [number_of(frame) for frame in frames]


def times(clip) -> list[Fraction]:
    return [frame.time for frame in clip.frames()]


def test_the_bundled_clip_is_what_its_header_says():
    clip = read_clip("bigbuckbunny", size=64)
    frames = list(clip)
    assert (clip.count, len(frames), clip.rate, clip.size, clip.audio) == (50, 50, 25, (36, 64), True)
    assert {(frame.shape, frame.dtype) for frame in frames} == {((1, 3, 36, 64), torch.float32)}
    assert all(frame.min() >= 0 and 0.5 < frame.max() <= 1 for frame in frames)
    assert times(clip) == [Fraction(number, 25) for number in range(50)]
    assert clip.problems == []


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "mov", "avi", "ts"])
def test_every_frame_of_any_format_arrives_in_order(tmp_path, suffix):
    wanted = scene(20)
    clip = read_clip(film(tmp_path / f"clip.{suffix}", wanted, codec="mpeg4" if suffix == "avi" else "libx264"))
    frames = list(clip)
    assert (clip.count, len(frames), clip.rate, clip.size, clip.audio) == (20, 20, 25, (48, 64), False)
    assert min(psnr(given, expected) for given, expected in zip(frames, wanted, strict=True)) > 30
    assert list(zip(frames, clip, strict=True))  # it begins anew
    assert clip.problems == []


def test_frames_keep_their_own_times(tmp_path):
    clip = read_clip(film(tmp_path / "uneven.mp4", numbered(5), times=UNEVEN))
    assert times(clip) == UNEVEN
    assert numbers(clip) == [0, 1, 2, 3, 4]


def test_the_first_frame_is_time_zero_wherever_the_files_clock_stands(tmp_path):
    late = read_clip(film(tmp_path / "late.mkv", numbered(3), times=[moment + 7 for moment in UNEVEN[:3]]))
    assert late.began == 7
    assert times(late) == UNEVEN[:3]


PARTS = {
    "all": ({}, range(30)),
    "from the second second": ({"start": 1.0}, range(25, 30)),
    "from between two frames": ({"start": 0.41}, range(11, 30)),
    "from a frame's very moment": ({"start": 0.4}, range(10, 30)),
    "so long": ({"seconds": 0.5}, range(13)),
    "so many": ({"frames": 7}, range(7)),
    "what ends first": ({"start": 0.4, "seconds": 0.2, "frames": 7}, range(10, 15)),
    "no more than there are": ({"start": 0.8, "frames": 70, "seconds": 9.5}, range(20, 30)),
}


@pytest.mark.parametrize("part", PARTS)
def test_a_part_of_a_clip_is_read(tmp_path, part):
    given, wanted = PARTS[part]
    clip = read_clip(film(tmp_path / "clip.mp4", numbered(30)), **given)
    assert numbers(clip) == list(wanted)
    assert clip.count == len(wanted)
    assert times(clip)[:2] == [0, Fraction(1, 25)]
    assert clip.problems == []


@pytest.mark.parametrize("skip", [0, 3, 29, 30])
def test_frames_that_are_skipped_are_missing_and_nothing_else_changes(tmp_path, skip):
    clip = read_clip(film(tmp_path / "clip.mp4", numbered(40)), start=0.2, frames=30)
    skipped, wanted = list(clip.frames(skip)), list(clip.frames())[skip:]
    assert [frame.time for frame in skipped] == [frame.time for frame in wanted]
    assert numbers(frame.image for frame in skipped) == list(range(5 + skip, 35))


def test_a_frame_is_resized_as_a_picture_is(tmp_path):
    path = film(tmp_path / "clip.mp4", scene(1))
    save_image(next(iter(read_clip(path))), tmp_path / "frame.png")
    for size in (20, 90):
        clip = read_clip(path, size=size)
        torch.testing.assert_close(next(iter(clip)), load_image(tmp_path / "frame.png", size), rtol=0, atol=0)
        assert clip.size == (round(48 * size / 64), size)


def corner(frame) -> tuple[int, int]:
    """Which corner is white: (0, 0) is the top left one."""
    half_height, half_width = (side // 2 for side in frame.shape[-2:])
    quarters = {(y, x): frame[..., y * half_height :, x * half_width :][..., :half_height, :half_width].mean()
                for y in (0, 1) for x in (0, 1)}  # fmt: skip
    return max(quarters, key=quarters.get)


# The movement of (x, y), y downwards, in a track's header: (x, y) -> (a x + c y, b x + d y).
TURNS = {
    "none": ((1, 0, 0, 1), (0, 0), (48, 64)),
    "a quarter clockwise": ((0, 1, -1, 0), (0, 1), (64, 48)),
    "a half": ((-1, 0, 0, -1), (1, 1), (48, 64)),
    "a quarter anticlockwise": ((0, -1, 1, 0), (1, 0), (64, 48)),
}


@pytest.mark.parametrize("turn", TURNS)
def test_a_rotation_tag_is_obeyed(tmp_path, turn):
    """The tag is written as the format's standard has it, with no help of a library."""
    (a, b, c, d), wanted, size = TURNS[turn]
    frame = torch.zeros(1, 3, 48, 64)
    frame[..., :24, :32] = 1
    path = film(tmp_path / "clip.mp4", [frame] * 3)
    data = bytearray(path.read_bytes())
    matrix = data.index(b"tkhd") + 4 + 40  # 4 of version and flags, 20 of times and numbers, 16 of layer and volume
    assert struct.unpack_from(">9i", data, matrix) == (65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30)
    one = 65536
    struct.pack_into(">9i", data, matrix, a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    clip = read_clip(path)
    frames = list(clip)
    assert [corner(frame) for frame in frames] == [wanted] * 3
    assert {frame.shape[-2:] for frame in frames} == {size} == {clip.size}


def test_time_stamps_out_of_order_are_put_in_order(tmp_path):
    """An AVI holds none; the decoder gives frames that refer to later ones the wrong moments."""
    clip = read_clip(film(tmp_path / "clip.avi", scene(20)))
    given = times(clip)
    assert len(given) == 20
    assert given == sorted(set(given))


def test_pixels_that_are_not_square_become_so(tmp_path):
    wide = film(tmp_path / "wide.mp4", scene(2), aspect=Fraction(3, 2))
    assert read_clip(wide).size == next(iter(read_clip(wide))).shape[-2:] == (48, 96)
    assert read_clip(wide, size=32).size == (16, 32)
    turned = film(tmp_path / "turned.mp4", scene(2), aspect=Fraction(3, 2), rotation=90)
    assert read_clip(turned).size == (96, 48)


def test_one_frame_is_a_clip(tmp_path):
    clip = read_clip(film(tmp_path / "one.mp4", numbered(1)))
    assert (clip.count, numbers(clip), times(clip)) == (1, [0], [0])


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "mov"])
def test_of_a_clip_that_is_cut_off_what_is_there_is_kept_and_told(tmp_path, suffix):
    muxer = {"movflags": "faststart"} if suffix != "mkv" else {}
    whole = film(tmp_path / f"whole.{suffix}", scene(100), muxer=muxer)
    frames = list(read_clip(whole))
    cut = tmp_path / f"cut.{suffix}"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    clip = read_clip(cut)
    with pytest.warns(RuntimeWarning, match="is cut off after"):
        kept = list(clip)
    assert 20 < len(kept) < 80
    assert all(given.equal(wanted) for given, wanted in zip(kept[:-1], frames, strict=False))
    assert re.fullmatch(
        rf"[^\n]*cut\.{suffix} is cut off after \d\.\d\d of 4\.00 s: what is there was read; download or copy it "
        r"again for the rest\.",
        clip.problems[-1],
    )
    told = list(clip.problems)
    list(clip)
    assert clip.problems == told  # said once


def test_a_part_that_ends_before_the_cut_is_whole(tmp_path):
    whole = film(tmp_path / "whole.mp4", scene(50), muxer={"movflags": "faststart"})
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size * 3 // 4])
    clip = read_clip(whole, frames=10)
    assert len(list(clip)) == 10
    assert clip.problems == []


def test_damage_in_the_middle_is_told_and_passed_over(tmp_path):
    path = film(tmp_path / "clip.mp4", scene(100))
    whole = [frame.time for frame in read_clip(path).frames()]
    data, middle = bytearray(path.read_bytes()), path.stat().st_size // 2
    data[middle : middle + 1500] = bytes(1500)
    path.write_bytes(data)
    clip = read_clip(path)
    with pytest.warns(
        RuntimeWarning, match=r"clip\.mp4 is damaged in \d+ places: frames there are missing or spoilt\.$"
    ):
        given = times(clip)
    assert 40 < len(given) < 100
    assert set(given) < set(whole)
    assert given[-1] == whole[-1]


def refused(tmp_path, kind):
    path = tmp_path / f"{kind}.mp4"
    if kind == "text":
        path.write_text("a story\n" * 100)
    elif kind == "empty":
        path.touch()
    elif kind == "picture":
        save_image(torch.rand(3, 32, 32), tmp_path / "picture.png")
        (tmp_path / "picture.png").rename(path)
    elif kind == "list of other files":
        film(tmp_path / "other.ts", numbered(30))
        path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1.2,\nother.ts\n#EXT-X-ENDLIST\n")
    elif kind == "cut before its index":
        film(path, numbered(30))
        path.write_bytes(path.read_bytes()[:-900])
    elif kind == "random":
        path.write_bytes(torch.randint(256, (5000,), generator=torch.Generator().manual_seed(0)).byte().numpy())
    return path


@pytest.mark.parametrize("kind", ["text", "empty", "picture", "list of other files", "cut before its index", "random"])
def test_what_is_no_video_is_one_sentence(tmp_path, kind):
    with pytest.raises(ValueError, match=rf"^[^\n]*{kind}\.mp4 is no video of a format that is read here, [^\n]*\.$"):
        read_clip(refused(tmp_path, kind))


def test_sound_alone_is_one_sentence(tmp_path):
    import av

    path = film(tmp_path / "both.mp4", numbered(3), sound=tone(0.2))
    with av.open(str(path)) as source, av.open(str(tmp_path / "song.m4a"), "w", format="mp4") as output:
        stream = output.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = stream
                output.mux(packet)
    with pytest.raises(ValueError, match=r"song\.m4a has sound alone: give a file with pictures\.$"):
        read_clip(tmp_path / "song.m4a")


@pytest.mark.parametrize(
    ("given", "options", "error", "sentence"),
    [
        ("no.mp4", {}, FileNotFoundError, r"there is no file .*no\.mp4: give a clip such as an MP4\.$"),
        (".", {}, IsADirectoryError, r"^\. is a directory: name one clip in it\.$"),
        ("bigbuckbuny", {}, ValueError, "did you mean 'bigbuckbunny'"),
        ("bigbuckbunny", {"start": 2.5}, ValueError, r"lasts 1\.96 s, and start is 2\.5: take an earlier one\.$"),
        ("bigbuckbunny", {"size": 0}, ValueError, "size is 0: give a whole number of at least 1 or None"),
        ("bigbuckbunny", {"start": -1.0}, ValueError, "start is -1.0: give a finite number of at least 0"),
        ("bigbuckbunny", {"frames": 0}, ValueError, "frames is 0"),
        ("bigbuckbunny", {"seconds": 0.0}, ValueError, "seconds is 0.0"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(given, options, error, sentence):
    with pytest.raises(error, match=sentence) as raised:
        read_clip(given, **options)
    assert "\n" not in str(raised.value)


def test_without_pyav_a_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(ImportError, match=r'^av is missing, which clips need: pip install "nst-helpers\[video\]"\.$'):
        read_clip("bigbuckbunny")


def test_the_room_is_imported_without_pyav_and_opencv():
    code = "import sys; sys.modules.update(av=None, cv2=None); import nst_helpers.video"
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr


def test_no_frame_is_made_before_it_is_asked_for(tmp_path, monkeypatch):
    clip, made = read_clip(film(tmp_path / "clip.mp4", numbered(30))), []
    upright = clips.upright
    monkeypatch.setattr(clips, "upright", lambda *given: made.append(1) or upright(*given))
    frames = clip.frames(skip=5)
    for wanted in (1, 2, 3):
        next(frames)
        assert len(made) == wanted
