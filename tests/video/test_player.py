"""The player: HTML that holds the film itself, and two clips that can't come out of step."""

import base64
import re
from pathlib import Path

import pytest
import torch

from nst_helpers.video import read_clip, show_clip, write_clip
from tests.video.footage import film, grey, number_of, numbered, psnr, scene


def held(player, folder: Path):
    """The clip within the HTML."""
    found = re.search(r'<video src="data:video/mp4;base64,([\w+/=]+)"', player._repr_html_())
    (folder / "held.mp4").write_bytes(base64.b64decode(found[1]))
    return read_clip(folder / "held.mp4")


def test_a_clip_is_shown_whole_at_its_rate(tmp_path):
    wanted = scene(12)
    clip = held(show_clip(write_clip(tmp_path / "clip.mp4", wanted, 10), size=64), tmp_path)
    assert (clip.rate, clip.count, clip.size) == (10, 12, (48, 64))
    assert min(psnr(given, expected) for given, expected in zip(clip, wanted, strict=True)) > 28


def test_two_clips_stand_side_by_side_frame_for_frame(tmp_path):
    player = show_clip(numbered(9), [1 - frame for frame in numbered(7)], size=64, rate=5)
    clip = held(player, tmp_path)
    assert (clip.rate, clip.count, clip.size) == (5, 7, (48, 128))
    assert [number_of(frame[..., :64]) for frame in clip] == list(range(7))
    assert [number_of(1 - frame[..., 64:]) for frame in clip] == list(range(7))


def test_the_second_clip_gets_the_height_of_the_first(tmp_path):
    player = show_clip(numbered(3), [grey(0.5, 24, 20)] * 3, size=32)
    assert held(player, tmp_path).size == player.size == (24, 32 + 20)


def test_clips_are_named_or_read(tmp_path):
    source = read_clip(film(tmp_path / "clip.mp4", numbered(5)), frames=3)
    assert show_clip(source, tmp_path / "clip.mp4", size=32).frames == 3
    assert show_clip("bigbuckbunny", size=16).size == (10, 16)  # 9 and what repeats the last row


def test_the_html_needs_no_file_and_its_labels_are_text():
    player = show_clip(numbered(2), numbered(2), labels=("a <b>", "c & d"), size=32)
    html = player._repr_html_()
    assert "a &lt;b&gt; | c &amp; d" in html
    assert not re.search(r'src="(?!data:)', html)
    for attribute in ("controls", "loop", "muted", "playsinline", 'width="64"', 'height="24"'):
        assert attribute in html
    assert repr(player) == "a <b> | c & d: 2 frames, 64x24 px"


def test_where_there_is_nothing_to_show_a_sentence_says_so():
    with pytest.raises(ValueError, match="no frame was given"):
        show_clip([])
    with pytest.raises(ValueError, match="frame 1 is 32x32 px"):
        show_clip([torch.zeros(1, 3, 24, 32), torch.zeros(1, 3, 32, 32)], size=32)
