"""Films: painted in order, kept frame by frame, and the same however often they were ended."""

import itertools
import json
import math
import re
import subprocess
import sys
import weakref
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
import torch

from nst_helpers.runtime import Stop
from nst_helpers.video import FrameByFrame, make_film, parts, read_clip
from tests.cli.process import environment
from tests.disk import room_for
from tests.video import killed
from tests.video.footage import film, heard, number_of, numbered, onset, psnr, scene, tone
from tests.video.killed import SEGMENT, Trail

FRAMES = 10
OLDER = b"an older file"


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> Path:
    return film(tmp_path_factory.mktemp("clip") / "clip.mp4", scene(FRAMES), sound=tone(0.4, begins=0.2))


@pytest.fixture(scope="module", autouse=True)
def short_segments():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "_SEGMENT", SEGMENT)
        yield


@pytest.fixture(scope="module")
def whole(clip, tmp_path_factory) -> bytes:
    """The film that nothing interrupted."""
    done = killed.film(clip, tmp_path_factory.mktemp("whole"), Trail())
    assert not done.interrupted
    return done.path.read_bytes()


def negative(frame):
    return 1 - frame


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def test_each_frame_is_painted_once_in_order_and_the_film_holds_them(tmp_path):
    source, seen, reports = read_clip(film(tmp_path / "in.mp4", numbered(FRAMES))), [], []

    def picture_of(frame):
        seen.append(number_of(frame))
        return 1 - frame

    done = make_film(source, FrameByFrame(picture_of), tmp_path / "out.mp4", callback=reports.append)
    assert (done.path, done.frames, done.total, done.interrupted) == (tmp_path / "out.mp4", FRAMES, FRAMES, False)
    assert seen == list(range(FRAMES))
    result = read_clip(done.path)
    assert (result.rate, result.count) == (25, FRAMES)
    assert [number_of(1 - frame) for frame in result] == list(range(FRAMES))
    assert [frame.time for frame in result.frames()] == [Fraction(number, 25) for number in range(FRAMES)]
    assert [(report.iteration, report.total) for report in reports] == [(n + 1, FRAMES) for n in range(FRAMES)]
    assert [number_of(1 - report.image) for report in reports] == list(range(FRAMES))
    assert all(math.isnan(report.loss) for report in done.history)
    assert names(tmp_path) == {"in.mp4", "out.mp4"}


def test_a_painter_is_shown_the_frame_before_and_what_became_of_it(clip, tmp_path):
    seen = []

    class Painter:
        def __init__(self):
            self.about = {}

        def paint(self, frame, previous):
            seen.append((frame, previous))
            return (1 - frame) / 3

    make_film(read_clip(clip), Painter(), tmp_path / "out.mp4")
    assert seen[0][1] is None
    for (before, _), (_, previous) in itertools.pairwise(seen):
        assert previous.frame.equal(before)
        assert previous.painted.equal(((1 - before) / 3 * 255).round() / 255)


def test_the_sound_goes_along_unless_it_is_not_wanted(clip, tmp_path):
    source = read_clip(clip)
    make_film(source, FrameByFrame(negative), tmp_path / "loud.mp4")
    assert onset(heard(tmp_path / "loud.mp4")) == pytest.approx(0.2, abs=0.03)
    make_film(source, FrameByFrame(negative), tmp_path / "silent.mp4", sound=False)
    assert not read_clip(tmp_path / "silent.mp4").audio


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv", "webm"])
def test_uneven_times_odd_sides_and_a_part_of_a_clip_in_every_format(tmp_path, suffix):
    times = [Fraction(moment, 1000) for moment in (0, 40, 200, 210, 400, 1000, 1040, 1200)]
    source = read_clip(film(tmp_path / "in.mkv", numbered(8), times=times), start=0.03, size=33, frames=6)
    done = make_film(source, FrameByFrame(negative), tmp_path / f"out.{suffix}")
    result = read_clip(done.path)
    assert source.size == (25, 33)
    assert result.size == (26, 34)
    assert [frame.time for frame in result.frames()] == [time - times[1] for time in times[1:7]]
    assert [number_of(1 - frame) for frame in result] == [1, 2, 3, 4, 5, 6]


def test_one_frame_makes_a_film(tmp_path):
    done = make_film(read_clip(film(tmp_path / "in.mp4", numbered(1))), FrameByFrame(negative), tmp_path / "out.mp4")
    assert [number_of(1 - frame) for frame in read_clip(done.path)] == [0]


def test_a_picture_may_have_another_size_than_its_frame(clip, tmp_path):
    done = make_film(read_clip(clip), FrameByFrame(lambda frame: frame[..., :20, :30]), tmp_path / "out.mp4")
    assert read_clip(done.path).size == (20, 30)


def test_of_a_clip_that_is_cut_off_the_film_is_made_and_told(tmp_path):
    whole = film(tmp_path / "in.mp4", scene(60), muxer={"movflags": "faststart"})
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.warns(RuntimeWarning, match="is cut off"):
        done = make_film(read_clip(whole), FrameByFrame(negative), tmp_path / "out.mp4")
    assert 10 < done.frames < 50
    assert done.total == 60
    assert len(list(read_clip(done.path))) == done.frames
    assert re.search(r"in\.mp4 is cut off after", done.problems[0])


def test_no_gradient_is_recorded_for_a_network(clip, tmp_path):
    weight, recorded = torch.ones((), requires_grad=True), []

    def picture_of(frame):
        recorded.append((frame * weight).requires_grad)
        return frame

    make_film(read_clip(clip), FrameByFrame(picture_of), tmp_path / "out.mp4")
    assert recorded == [False] * FRAMES


def test_a_painter_may_need_gradients(clip, tmp_path):
    class Optimizer:
        def __init__(self):
            self.about = {}

        def paint(self, frame, previous):
            pixels = frame.clone().requires_grad_()
            (pixels.square().sum() / 2).backward()
            return (pixels - 0.5 * pixels.grad).detach()

    done = make_film(read_clip(clip), Optimizer(), tmp_path / "out.mp4")
    assert all(psnr(given, frame / 2) > 30 for given, frame in zip(read_clip(done.path), read_clip(clip), strict=True))


@pytest.fixture(scope="module")
def dead(clip, tmp_path_factory) -> Path:
    """A folder for each way to die."""
    folder = tmp_path_factory.mktemp("dead")
    command = [sys.executable, "-m", "tests.video.killed", str(clip), str(folder)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    assert json.loads(done.stdout) == dict.fromkeys(killed.WAYS, 9)
    return folder


KEPT = {
    "in the first frame": 0,
    "in a later frame": 6,
    "in the first frame of a segment": 4,
    "while a picture is written": 1,
    "between a picture and its being counted": 1,
    "while a segment is written": 4,
    "between a segment and its being counted": 4,
    "while pictures of a segment are removed": 4,
    "while the last segment is written": 10,
    "while the film is put together": 10,
    "while the folder is removed": 0,  # there is a film
}


@pytest.mark.parametrize("way", killed.WAYS)
def test_killed_at_any_moment_and_resumed_it_is_the_same_film(clip, whole, dead, way):
    assert (dead / way / "film.mp4").exists() is (way == "while the folder is removed")
    painter = Trail()
    done = killed.film(clip, dead / way, painter)
    assert done.frames == FRAMES
    assert painter.painted == len(done.history) == FRAMES - KEPT[way]
    assert (dead / way / "film.mp4").read_bytes() == whole
    assert {name for name in names(dead / way) if not re.fullmatch(r"\.\w+\.tmp", name)} == {"film.mp4"}


@pytest.mark.parametrize("reason", [Stop, KeyboardInterrupt])
@pytest.mark.parametrize("frame", [1, 3, SEGMENT, SEGMENT + 1, FRAMES])
def test_stopped_and_resumed_it_is_the_same_film(clip, whole, tmp_path, reason, frame):
    def stop(progress):
        if progress.iteration == frame:
            raise reason

    (tmp_path / "film.mp4").write_bytes(OLDER)
    done = killed.film(clip, tmp_path, Trail(), callback=stop)
    assert (done.path, done.interrupted, done.frames) == (None, True, frame)
    assert (tmp_path / "film.mp4").read_bytes() == OLDER
    reports = []
    done = killed.film(clip, tmp_path, Trail(), callback=reports.append)
    assert [report.iteration for report in reports] == list(range(frame + 1, FRAMES + 1))
    assert (done.interrupted, done.frames) == (False, FRAMES)
    assert (tmp_path / "film.mp4").read_bytes() == whole
    assert names(tmp_path) == {"film.mp4"}


def test_an_error_of_the_painter_keeps_what_is_finished(clip, whole, tmp_path):
    painter = Trail()
    with pytest.raises(ZeroDivisionError):
        killed.film(clip, tmp_path, painter, callback=lambda progress: 1 / (6 - progress.iteration))
    killed.film(clip, tmp_path, painter)
    assert painter.painted == FRAMES
    assert (tmp_path / "film.mp4").read_bytes() == whole


def test_no_more_pictures_lie_about_than_a_segment_has(clip, tmp_path):
    most = []
    folder = tmp_path / "film.mp4.parts"
    killed.film(clip, tmp_path, Trail(), callback=lambda _: most.append(len(list(folder.glob("*.bmp")))))
    assert most == [1, 2, 3, 1, 1, 2, 3, 1, 1, 2]


def test_frames_are_held_one_at_a_time(tmp_path):
    alive, most = [], []

    class Watcher:
        def __init__(self):
            self.about = {}

        def paint(self, frame, previous):
            alive.append(None)
            weakref.finalize(frame, alive.pop)
            most.append(len(alive))
            return 1 - frame

    for count in (10, 60):
        most.clear()
        make_film(read_clip(film(tmp_path / "in.mp4", numbered(count))), Watcher(), tmp_path / "out.mp4")
        assert len(most) == count
        assert max(most) <= 3


def begun(clip, folder, **settings):
    """Parts of a film of three frames."""

    def stop(progress):
        if progress.iteration == 3:
            raise Stop

    assert make_film(read_clip(clip, **settings), Trail(), folder / "film.mp4", callback=stop).interrupted


@pytest.mark.parametrize(
    ("settings", "about", "sentence"),
    [
        ({"size": 32}, {"painter": "trail"}, "whose clip has size None, not 32"),
        ({"start": 0.04}, {"painter": "trail"}, "whose clip has start 0.0, not 0.04"),
        ({}, {"painter": "other"}, "whose painter has painter trail, not other"),
        ({}, {"painter": "trail", "steps": 5}, "whose painter has steps None, not 5"),
        ({}, {}, "whose painter has painter trail, not None"),
    ],
)
def test_parts_of_another_film_are_refused_and_left_alone(clip, tmp_path, settings, about, sentence):
    begun(clip, tmp_path)
    before = {name: (tmp_path / name).stat().st_mtime_ns for name in names(tmp_path)}
    with pytest.raises(ValueError, match=rf"film\.mp4\.parts holds a film {sentence}: go on with that, remove"):
        make_film(read_clip(clip, **settings), replace(Trail(), about=about), tmp_path / "film.mp4")
    assert {name: (tmp_path / name).stat().st_mtime_ns for name in names(tmp_path)} == before


def test_parts_of_another_file_of_that_name_are_refused(clip, tmp_path):
    begun(clip, tmp_path)
    other = film(tmp_path / clip.name, scene(5))
    with pytest.raises(ValueError, match=r"whose clip has bytes \d+, not \d+"):
        make_film(read_clip(other), Trail(), tmp_path / "film.mp4")


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda folder: (folder / "film.json").write_text("{"), r"is damaged: remove it to begin anew\.$"),
        (lambda folder: (folder / "film.json").write_text("[]"), "is damaged"),
        (lambda folder: (folder / "film.json").write_text('{"about": [], "segments": 0, "times": []}'), "is damaged"),
        (lambda folder: (folder / "000001.bmp").unlink(), "is damaged"),
        (lambda folder: (folder / "film.json").unlink(), r"is no film's: move it away, or name another film\.$"),
    ],
)
def test_a_damaged_folder_is_one_sentence(clip, tmp_path, damage, sentence):
    begun(clip, tmp_path)
    damage(tmp_path / "film.mp4.parts")
    with pytest.raises(ValueError, match=rf"^[^\n]*film\.mp4\.parts {sentence}"):
        make_film(read_clip(clip), Trail(), tmp_path / "film.mp4")


def test_what_is_not_the_films_stays_in_its_folder(clip, tmp_path):
    begun(clip, tmp_path)
    (tmp_path / "film.mp4.parts/notes.txt").write_text("mine")
    make_film(read_clip(clip), Trail(), tmp_path / "film.mp4")
    assert names(tmp_path) == {"film.mp4", "film.mp4.parts", "film.mp4.parts/notes.txt"}


def test_a_full_disk_is_one_sentence_and_what_is_finished_stays(clip, whole, tmp_path):
    begun(clip, tmp_path)
    with room_for(5000), pytest.raises(OSError, match=r"^[^\n]*000003\.bmp can't be written \(File too large\)[^\n]*$"):
        killed.film(clip, tmp_path, Trail())
    painter = Trail()
    killed.film(clip, tmp_path, painter)
    assert painter.painted == FRAMES - 3
    assert (tmp_path / "film.mp4").read_bytes() == whole


def test_a_film_that_cannot_be_written_is_refused_before_a_frame_is_painted(clip, tmp_path):
    painter = Trail()
    for name, error in (("film.gif", ValueError), ("no/film.mp4", FileNotFoundError)):
        with pytest.raises(error):
            make_film(read_clip(clip), painter, tmp_path / name)
    assert not painter.painted
    assert not list(tmp_path.iterdir())
