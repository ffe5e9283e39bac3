"""The command ``video``: a film by any network, that goes on where it was ended, and a sentence for what can't be."""

import functools
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from nst_helpers.cli import video
from nst_helpers.cli.main import main
from nst_helpers.images import load_image, save_image
from nst_helpers.networks import TransformNet, load_network, save_network
from nst_helpers.video import FrameByFrame, RuderPainter, read_clip, write_clip
from tests.cli.process import environment, run, status_of, the_error
from tests.cli.test_paint import any_style
from tests.video.footage import film, number_of, numbered, scene, tone

FRAMES = 8
OLDER = b"an older file"
STYLES = ("starry_night", "whalers")
ONE = ("--network", "one.safetensors", "--precision", "float32")
TWO = ("--network", "two.safetensors", "--precision", "float32")
ANY = ("--network", "any.safetensors", "--precision", "float32")


@pytest.fixture(scope="module")
def files_given(tmp_path_factory) -> Path:
    """Networks for one style, for two and for any, and a clip with sound."""
    folder = tmp_path_factory.mktemp("given")
    with torch.random.fork_rng([]):
        torch.manual_seed(0)
        two = TransformNet(2, "conditional_instance", STYLES)
        for name, parameter in two.named_parameters():
            if name.endswith("beta"):
                torch.nn.init.normal_(parameter)  # at first all styles are alike
        save_network(two, folder / "two.safetensors")
        save_network(TransformNet(2, "instance", STYLES[:1]), folder / "one.safetensors")
        save_network(any_style(), folder / "any.safetensors")
    film(folder / "clip.mp4", scene(FRAMES), sound=tone(0.3))
    return folder


@pytest.fixture
def place(files_given, tmp_path, monkeypatch) -> Path:
    """The current folder, with all that."""
    monkeypatch.chdir(tmp_path)
    for path in files_given.iterdir():
        shutil.copy(path, tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def whole(files_given) -> bytes:
    """The film that nothing interrupted."""
    given = {name: str(files_given / name) for name in ("clip.mp4", "one.safetensors", "whole.mp4")}
    line = ["--network", given["one.safetensors"], "--precision", "float32"]
    assert main(["video", given["clip.mp4"], "-o", given["whole.mp4"], *line]) == 0
    data = Path(given["whole.mp4"]).read_bytes()
    Path(given["whole.mp4"]).unlink()
    return data


def command(*arguments: str) -> int:
    return main(["video", *arguments])


def files() -> set[str]:
    return {path.as_posix() for path in Path().rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("network", "flags", "options"),
    [
        (ONE, [], {}),
        (TWO, ["--mix", "starry_night=3,whalers=1"], {"mix": {"starry_night": 0.75, "whalers": 0.25}}),
        (ANY, ["--style", "sea.png", "--alpha", "0.6", "--preserve-color", "luminance"],
         {"style": "sea.png", "alpha": 0.6, "preserve_color": "luminance"}),
    ],
    ids=["one style", "a mix", "any style"],
)  # fmt: skip
def test_every_frame_is_painted_by_the_network(place, capsys, network, flags, options):
    save_image(load_image("whalers", 40), "sea.png")
    assert command("clip.mp4", "-o", "out.mp4", *network, *flags) == 0
    paint = load_network(network[1], device="cpu", precision="float32")
    clip, result = read_clip("clip.mp4"), read_clip("out.mp4")
    assert (result.rate, result.count, result.size, result.audio) == (clip.rate, FRAMES, clip.size, True)
    wanted = write_clip("wanted.mp4", (paint(frame, **options) for frame in clip), clip.rate)
    assert all(map(torch.equal, result, read_clip(wanted)))
    told = capsys.readouterr()
    assert told.out.startswith(f"out.mp4: {FRAMES} frames, {FRAMES} of them painted now in ")
    assert f"{FRAMES}/{FRAMES}" in told.err
    assert "loss" not in told.err
    assert not [name for name in files() if "parts" in name]


def test_a_part_of_the_bundled_clip_at_another_size_without_sound(place):
    flags = ["--size", "48", "--start", "0.4", "--seconds", "0.2", "--no-sound"]
    assert command("bigbuckbunny", "-o", "out.webm", *ONE, *flags) == 0
    result = read_clip("out.webm")
    assert (result.count, result.size, result.audio) == (5, (28, 48), False)


def test_a_clip_that_is_cut_off_is_painted_as_far_as_it_goes_and_told(place, capsys):
    whole = film(Path("whole.mp4"), scene(60), muxer={"movflags": "faststart"}).read_bytes()
    Path("cut.mp4").write_bytes(whole[: len(whole) // 2])
    assert command("cut.mp4", "-o", "out.mp4", *ONE) == 0
    assert "(cut.mp4 is cut off after" in capsys.readouterr().out
    assert 10 < len(list(read_clip("out.mp4"))) < 50


def test_a_clip_of_one_frame_is_painted(place, capsys):
    film(Path("single.mp4"), scene(1))
    assert command("single.mp4", "-o", "out.mp4", *ONE) == 0
    assert capsys.readouterr().out.startswith("out.mp4: 1 frame, 1 of them painted now")
    assert len(list(read_clip("out.mp4"))) == 1


GATYS = "--method gatys --style sea.png --size 32 --frames 3 --device cpu --precision float32 --weights random"
GATYS += " --content-layers relu2_1 --style-layers relu1_1,relu2_1 --steps 2 --temporal-weight 5"


def test_every_frame_is_optimised_and_held_to_the_one_before(place, monkeypatch):
    """By the painter of these options; what that makes of a frame is tested where it stands."""
    save_image(load_image("whalers", 40), "sea.png")
    made, held = [], []

    class Watched(RuderPainter):
        @functools.wraps(RuderPainter.__init__)  # with its settings, of which the flags are made
        def __init__(self, style, **options):
            made.append((style, options))
            super().__init__(style, **options)

        def paint(self, frame, previous):
            result = super().paint(frame, previous)
            assert result.shape == frame.shape
            assert not torch.equal(result, frame)
            held.append(previous is not None)
            return result

    monkeypatch.setattr(video, "RuderPainter", Watched)
    assert command("clip.mp4", "-o", "out.mp4", *GATYS.split()) == 0
    ((style, options),) = made
    wanted = {"weights": "random", "steps": 2, "temporal_weight": 5.0, "size": 32, "precision": "float32"}
    assert style == ["sea.png"]
    assert {name: options[name] for name in wanted} == wanted
    assert list(options["content_layers"]) == ["relu2_1"]
    assert list(options["style_layers"]) == ["relu1_1", "relu2_1"]
    assert held == [False, True, True]


def test_an_optimised_film_goes_on_with_the_same_painting_and_options_alone(place, monkeypatch, capsys):
    save_image(load_image("whalers", 40), "sea.png")

    def interrupted(self, frame, previous):
        if previous is not None:
            raise KeyboardInterrupt
        return 1 - frame

    with monkeypatch.context() as patch:
        patch.setattr(RuderPainter, "paint", interrupted)
        assert command("clip.mp4", "-o", "out.mp4", *GATYS.split()) != 0
    assert "stopped: 1 of 3 frames" in capsys.readouterr().out
    for flags in (["--temporal-weight", "6"], ["--preserve-color", "luminance"]):
        assert command("clip.mp4", "-o", "out.mp4", *GATYS.split(), *flags) == 1
        assert f"{flags[0][2:].replace('-', '_')} " in capsys.readouterr().err
    save_image(load_image("coffee", 40), "sea.png")
    assert command("clip.mp4", "-o", "out.mp4", *GATYS.split()) == 1
    assert "whose painter has paintings" in capsys.readouterr().err
    save_image(load_image("whalers", 40), "sea.png")
    assert command("clip.mp4", "-o", "out.mp4", *GATYS.split()) == 0
    assert "3 frames, 2 of them painted now" in capsys.readouterr().out


def test_another_way_to_paint_is_a_row_of_a_table(place, monkeypatch):
    monkeypatch.setitem(video.PAINTERS, "gatys", lambda options: FrameByFrame(lambda frame: 1 - frame))
    film(Path("numbers.mp4"), numbered(3))
    assert command("numbers.mp4", "-o", "out.mp4", "--method", "gatys") == 0
    assert [number_of(1 - frame) for frame in read_clip("out.mp4")] == [0, 1, 2]


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        ("clip.mp4 -o clip.mp4", 1, "clip.mp4 is the clip given: choose another name"),
        ("clip.mp4 -o hard.mp4", 1, "hard.mp4 is the clip given: choose another name"),
        ("clip.mp4 -o out.gif", 1, "out.gif has no suffix of a format that can be written: use .mp4, .mov"),
        ("clip.mp4 -o no/out.mp4", 1, "no is no directory: create it before saving out.mp4 in it"),
        ("clip.mp4", 2, "the following arguments are required: -o/--output"),
        ("no.mp4 -o out.mp4", 1, "there is no file"),
        (". -o out.mp4", 1, ". is a directory: name one clip in it"),
        ("story.mp4 -o out.mp4", 1, "story.mp4 is no video of a format that is read here"),
        ("bigbuckbuny -o out.mp4", 1, "did you mean 'bigbuckbunny'"),
        ("clip.mp4 -o out.mp4 --start 3", 1, "start is 3: take an earlier one"),
        ("clip.mp4 -o out.mp4 --size 0", 1, "size is 0: give a whole number of at least 1"),
        ("clip.mp4 -o out.mp4 --mix whalers", 1, "this network has one style"),
        ("clip.mp4 -o out.mp4 --method magic", 1, "histogram, style_swap, gatys."),
        ("clip.mp4 -o out.mp4 --steps 5", 1, "--steps is for optimisation: add --method gatys, or leave it out"),
        ("clip.mp4 -o out.mp4 --temporal-weight 5", 1, "--temporal-weight is for optimisation"),
        ("clip.mp4 -o out.mp4 --style whalers", 1, "are for networks that take any style"),
        ("clip.mp4 -o out.mp4 --network any.safetensors", 1, "no style was given"),
        ("clip.mp4 -o out.mp4 --method gatys --network conditional", 1, "no style was given"),
        ("clip.mp4 -o out.mp4 --method gatys --style whalers", 1, "--network is for networks: leave it out, or leave"),
        ("clip.mp4 -o out.mp4 --method gatys --style whalers --network conditional --mix whalers", 1, "--mix is for"),
        ("clip.mp4 -o out.mp4 --network story.mp4", 1, "story.mp4 is damaged or no network of this package"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence_and_writes_nothing(place, arguments, status, sentence, capsys):
    Path("hard.mp4").hardlink_to("clip.mp4")
    Path("story.mp4").write_text("a story")
    before = {name: Path(name).read_bytes() for name in files()}
    default = [] if "--network" in arguments else ONE
    assert status_of(command, *arguments.split(), *default) == status
    assert sentence in the_error(capsys)
    assert {name: Path(name).read_bytes() for name in files()} == before


def test_a_frame_that_does_not_fit_into_memory_is_one_sentence(place, monkeypatch, capsys):
    def greedy(self, image, mix=None):
        return torch.empty(2**60) if image.shape[-1] == 64 else image

    monkeypatch.setattr(TransformNet, "forward", greedy)
    assert command("clip.mp4", "-o", "out.mp4", *ONE) == 1
    assert capsys.readouterr().err.strip().splitlines()[-1] == "error: memory ran out: take a smaller --size."


def test_without_pyav_a_sentence_says_what_to_install(place, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "av", None)
    assert command("clip.mp4", "-o", "out.mp4", *ONE) == 1
    told = capsys.readouterr().err.strip()
    assert told == 'error: av is missing, which clips need: pip install "nst-helpers[video]".'


def test_the_other_commands_need_neither_pyav_nor_opencv(place):
    code = (
        "import sys; sys.modules.update(av=None, cv2=None)\n"
        "from nst_helpers.cli import main\n"
        "sys.exit(main(['paint', 'chelsea', '-o', 'out.png', '--size', '32', *sys.argv[1:]]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *ONE], env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


FORWARD = "from nst_helpers.networks import TransformNet\nbefore(TransformNet, 'forward', {}, call=5)"
REPLACE = "before(os, 'replace', {}, call={})"


@pytest.mark.parametrize(
    ("scenario", "status", "kept", "told"),
    [
        (FORWARD.format("press"), 130, 3, "stopped: 3 of 8 frames are painted"),
        (FORWARD.format("lambda: press(signal.SIGTERM)"), 143, 3, "stopped: 3 of 8 frames are painted"),
        (REPLACE.format("press", 4), 130, 1, "stopped: 1 of 8 frames are painted"),
        (FORWARD.format("lambda: (press(), press())"), 130, 3, "stopped: 3 of 8 frames are painted"),
        (REPLACE.format("press", 19), 130, None, "out.mp4: 8 frames, 8 of them painted now"),
    ],
    ids=["while the fourth is painted", "SIGTERM", "while the second is kept", "twice", "at the end"],
)
def test_ctrl_c_keeps_what_is_finished_and_the_same_command_goes_on(place, whole, scenario, status, kept, told):
    Path("out.mp4").write_bytes(OLDER)
    done = run(place, "video", "clip.mp4", "-o", "out.mp4", *ONE, scenario=scenario)
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout.startswith(told)
    if kept is not None:
        assert "they are kept in out.mp4.parts, and the same command goes on" in done.stdout
        assert Path("out.mp4").read_bytes() == OLDER
        painted, forward = [], TransformNet.forward
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                TransformNet, "forward", lambda self, image, mix=None: painted.append(1) or forward(self, image, mix)
            )
            assert command("clip.mp4", "-o", "out.mp4", *ONE) == 0
        assert len(painted) == 1 + FRAMES - kept  # the first tries the options
    assert Path("out.mp4").read_bytes() == whole
    assert not [name for name in files() if "parts" in name or ".tmp" in name]


def test_other_options_do_not_go_on_with_another_films_frames(place, capsys):
    run(place, "video", "clip.mp4", "-o", "out.mp4", *TWO, "--mix", "whalers", scenario=FORWARD.format("press"))
    before = files()
    for flags, sentence in (
        ([*TWO, "--mix", "starry_night"], "whose painter has mix whalers, not starry_night"),
        ([*TWO, "--mix", "whalers", "--size", "32"], "whose clip has size None, not 32"),
        (["--network", "two.safetensors", "--precision", "bfloat16", "--mix", "whalers"], "whose painter has weights"),
    ):
        assert command("clip.mp4", "-o", "out.mp4", *flags) == 1
        assert sentence in capsys.readouterr().err
        assert files() == before
    shutil.rmtree("out.mp4.parts")
    assert command("clip.mp4", "-o", "out.mp4", *TWO, "--mix", "starry_night") == 0
