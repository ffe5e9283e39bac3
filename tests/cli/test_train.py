"""The command ``train``: it goes on where it was, ends in good order, and says in a sentence what it needs."""

import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from nst_helpers import training
from nst_helpers.cli.main import main, make_parser
from nst_helpers.images import load_image, save_image
from nst_helpers.networks import AdaINNet, ReCoNet, TransformNet, load_network, save_network
from nst_helpers.runtime import Progress, Stop, option_types
from nst_helpers.training import PHOTOS_SOURCE, DivergedError, Training, train_adain, train_fast, train_reconet
from tests.cli.process import environment, run

TINY = [
    *("--width", "2", "--size", "32", "--batch", "2", "--style-size", "48", "--weights", "random", "--no-normalized"),
    *("--style-layers", "relu1_1", "--content-layers", "relu2_1", "--workers", "0", "--compiled", "no"),
    *("--reconstruction", "0", "--device", "cpu", "--precision", "float32"),
]
FAST = ["train", "fast", "--style", "starry_night", "--photos", "photos", "-o", "run", *TINY]
ADAIN = [
    *("train", "adain", "--photos", "photos", "--paintings", "paintings", "-o", "run", "--size", "32", "--batch", "2"),
    *("--weights", "random", "--no-normalized", "--style-layers", "relu1_1", "--workers", "0", "--reconstruction", "1"),
    *("--pool", "3", "--device", "cpu", "--precision", "float32"),
]
STYLES = ("starry_night", "whalers")


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """The current folder, with a folder of photos in it and one of paintings."""
    monkeypatch.chdir(tmp_path)
    for folder, names in (("photos", ("chelsea", "coffee")), ("paintings", (*STYLES, "ink_landscape"))):
        Path(folder).mkdir()
        for name in names:
            save_image(load_image(name, 64), f"{folder}/{name}.png")
    return tmp_path


@pytest.fixture
def substitute(monkeypatch):
    """Puts a function in the place of `train_fast`, with its options."""

    def put(function):
        function.settings, function.__signature__ = train_fast.settings, inspect.signature(train_fast)
        monkeypatch.setattr(training, "train_fast", function)

    return put


def conditional() -> TransformNet:
    """A network of two styles, which knows how it was trained: with what `TINY` says."""
    torch.manual_seed(0)
    network = TransformNet(2, "conditional_instance", STYLES)
    settings = vars(make_parser().parse_args(FAST))
    network.facts = {"settings": {name: settings[name] for name in option_types(train_fast.settings)}}
    return network


def steps_logged() -> list[int]:
    entries = map(json.loads, Path("run/log.jsonl").read_text().splitlines())
    return [entry["step"] for entry in entries if "loss" in entry]


@pytest.mark.parametrize(
    ("function", "line"),
    [
        (train_fast, ["fast", "--style", "starry_night"]),
        (train_adain, ["adain", "--paintings", "paintings"]),
        (train_reconet, ["reconet", "--style", "starry_night"]),
    ],
)
def test_every_option_of_the_settings_is_a_flag_with_its_default(function, line):
    options = vars(make_parser().parse_args(["train", *line]))
    for name in option_types(function.settings):
        assert options[name] == inspect.signature(function).parameters[name].default, name


def test_it_trains_says_so_and_goes_on_with_the_same_command(place, capsys):
    assert main([*FAST, "--steps", "3", "--sources", "two photos"]) == 0
    network = load_network("run/network.safetensors", device="cpu")
    assert (network.styles, network.norm, network.width) == (("starry_night",), "instance", 2)
    assert network.facts["sources"] == "two photos"
    told = capsys.readouterr()
    assert told.out.startswith("3 steps, loss ")
    assert told.out.endswith(": network, checkpoint and log are in run\n")
    assert "3/3" in told.err
    assert all(f"{name}=" in told.err for name in ("loss", "content", "style"))
    assert main([*FAST, "--steps", "3"]) == 0
    assert capsys.readouterr().out.startswith("all steps were taken before: ")
    assert main([*FAST, "--steps", "5"]) == 0
    assert steps_logged() == [1, 2, 3, 4, 5]


def test_several_styles_are_called_as_bundled_or_as_their_files(place):
    save_image(load_image("whalers", 48), "sea piece.png")
    arguments = [*FAST[4:], "--steps", "2", "--styles", "starry_night,sea piece.png"]
    assert main(["train", "conditional", *arguments]) == 0
    network = load_network("run/network.safetensors", device="cpu")
    assert (network.norm, network.styles) == ("conditional_instance", ("starry_night", "sea piece"))
    mixed = network(torch.rand(1, 3, 16, 16), {"starry_night": 1, "sea piece": 1})
    assert mixed.shape == (1, 3, 16, 16)


def test_what_is_given_reaches_the_function(place, substitute, monkeypatch):
    seen = {}

    def record(paintings, photos, **keywords):
        seen.update(keywords, paintings=paintings, photos=photos)
        return Training(torch.nn.Identity(), [Progress(1, 1, 0.5)])

    substitute(record)
    monkeypatch.setattr(training, "fetch_photos", lambda: Path("photos"))
    line = ["train", "conditional", "--styles", "whalers,starry_night", "--from", "other", "--learning-rate", "0.5"]
    assert main([*line, "--device", "cpu"]) == 0
    assert seen["paintings"] == {"whalers": "whalers", "starry_night": "starry_night"}
    assert (seen["start_from"], seen["norm"], seen["learning_rate"]) == ("other", "conditional_instance", 0.5)
    assert (seen["photos"], seen["folder"]) == (Path("photos"), Path("build/conditional"))
    assert seen["facts"] == {"sources": PHOTOS_SOURCE}
    assert main([*FAST[:4], "--sources", "mine", "--device", "cpu"]) == 0
    assert (seen["folder"], seen["norm"], seen["start_from"]) == (Path("build/starry_night"), "instance", None)
    assert seen["facts"] == {"sources": "mine"}


def test_a_network_for_any_style_is_trained_on_two_folders_and_goes_on(place, capsys):
    assert main([*ADAIN, "--steps", "3", "--sources", "few pictures"]) == 0
    network = load_network("run/network.safetensors", device="cpu")
    assert isinstance(network, AdaINNet)
    told = {"sources": "few pictures", "photos": 2, "paintings": 3}
    assert {name: network.facts[name] for name in told} == told
    assert capsys.readouterr().out.endswith(": network, checkpoint and log are in run\n")
    assert main([*ADAIN, "--steps", "5"]) == 0
    assert steps_logged() == [1, 2, 3, 4, 5]
    assert main(["paint", "photos/coffee.png", "-o", "out.png", "--network", "run/network.safetensors",
                 "--style", "paintings/whalers.png"]) == 0  # fmt: skip
    assert load_image("out.png").shape == load_image("photos/coffee.png").shape


def test_a_network_for_any_style_begins_where_another_ended(place, monkeypatch):
    seen = {}

    def record(photos, paintings, **keywords):
        seen.update(keywords, photos=photos, paintings=paintings)
        return Training(torch.nn.Identity(), [Progress(1, 1, 0.5)])

    record.settings, record.__signature__ = train_adain.settings, inspect.signature(train_adain)
    monkeypatch.setattr(training, "train_adain", record)
    monkeypatch.setattr(training, "fetch_photos", lambda: Path("photos"))
    line = ["train", "adain", "--paintings", "paintings", "--from", "other", "--passes", "7", "--device", "cpu"]
    assert main(line) == 0
    assert (seen["photos"], seen["paintings"], seen["folder"]) == (Path("photos"), "paintings", Path("build/adain"))
    assert (seen["start_from"], seen["passes"], seen["facts"]) == ("other", 7, {"sources": PHOTOS_SOURCE})


def test_paintings_have_to_be_named(place, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["train", "adain", "--photos", "photos"])
    assert "the following arguments are required: --paintings" in capsys.readouterr().err


def test_a_style_more_is_saved_beside_the_others(place, capsys):
    save_network(conditional(), "two.safetensors")
    before = Path("two.safetensors").read_bytes()
    line = ["train", "add-style", "two.safetensors", "--name", "ink", "--painting", "ink_landscape", "--steps", "2"]
    assert main([*line, "--photos", "photos"]) == 0
    assert capsys.readouterr().out.endswith(": the network is in build/ink.safetensors\n")
    old, new = load_network("two.safetensors", device="cpu"), load_network("build/ink.safetensors", device="cpu")
    assert new.styles == (*STYLES, "ink")
    image = torch.rand(1, 3, 16, 16)
    torch.testing.assert_close(new(image, "whalers"), old(image, "whalers"))
    assert Path("two.safetensors").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("fast --style stary_night --photos photos", "did you mean 'starry_night'?"),
        ("fast --style starry_night --photos nowhere", "nowhere is no folder: name one that has photos in it"),
        ("fast --style starry_night --photos empty", "empty has no picture in it"),
        ("fast --style starry_night --photos photos --steps 0", "steps is 0: give a whole number of at least 1"),
        ("fast --style starry_night --photos photos -o file", "file can't be made (File exists)"),
        ("adain --photos photos --paintings nowhere", "nowhere is no folder: name one that has"),
        ("adain --photos photos --paintings empty", "empty has no picture in it"),
        ("adain --photos empty --paintings paintings", "empty has no picture in it"),
        ("adain --photos photos --paintings paintings --pool 0", "pool is 0: give a whole number of at least 1"),
        ("conditional --styles whalers,whalers --photos photos", "two styles are called whalers: give each one once"),
        ("add-style one.safetensors --name a --painting whalers -o a.safetensors", "this network has instance norm"),
        ("add-style two.safetensors --name whalers --painting whalers -o a.safetensors", "called whalers already"),
        ("add-style two.safetensors --name a --painting whalers -o two.safetensors", "choose another name"),
        ("add-style two.safetensors --name a --painting whalers -o a.pt", "another suffix than .safetensors"),
        (
            "add-style none.safetensors --name a --painting whalers -o a.safetensors",
            "there is no file none.safetensors",
        ),
    ],
)
def test_a_mistake_is_one_sentence_and_leaves_no_file(place, arguments, sentence, capsys):
    Path("empty").mkdir()
    Path("file").touch()
    save_network(conditional(), "two.safetensors")
    save_network(TransformNet(2), "one.safetensors")
    before = {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}
    given = arguments.split()
    output = [] if given[0] == "add-style" or "-o" in given else ["-o", "run"]
    assert main(["train", *given, *output, *([] if given[0] == "add-style" else ["--device", "cpu"])]) == 1
    error = capsys.readouterr().err.strip()
    assert error.startswith("error: ")
    assert sentence in error
    assert "\n" not in error
    assert {path: path.read_bytes() for path in place.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "take a smaller --batch, --size or --width."),
        (RuntimeError("DataLoader worker (pid 7) is killed by signal: Killed."), "again with --workers 0."),
        (DivergedError("the loss is nan"), "error: the loss is nan"),
    ],
    ids=["memory", "a worker that was killed", "a loss that is not finite"],
)
def test_the_bar_is_closed_before_the_sentence_of_a_failure(place, error, sentence, substitute, capsys):
    def fail(*_, callback, **__):
        callback(Progress(1, 9, 0.5))
        raise error

    substitute(fail)
    assert main([*FAST, "--steps", "9"]) == 1
    *_, bar, told = capsys.readouterr().err.splitlines()
    assert "1/9" in bar
    assert told.startswith("error: ")
    assert told.endswith(sentence)


def test_all_processes_stop_after_the_same_step(place, substitute, monkeypatch):
    """Another process was asked to stop, this one wasn't."""
    import accelerate
    from accelerate import utils

    class Two:
        is_main_process, num_processes, device = False, 2, "cpu"

    def go_on(*_, callback, **__):
        with pytest.raises(Stop):
            callback(Progress(1, 9, 0.5))
        return Training(torch.nn.Identity(), interrupted=True)

    substitute(go_on)
    monkeypatch.setattr(accelerate, "PartialState", Two)
    monkeypatch.setattr(utils, "reduce", lambda asked: asked + 1)
    assert main([*FAST, "--steps", "9"]) == 130


STEP = "import torch\nbefore(torch.Tensor, 'backward', lambda: press(signal.SIGTERM), call=3)"
DECODE = "import nst_helpers.images.decode as decode\nbefore(decode, 'read_file', press, call=2)"


@pytest.mark.parametrize(
    ("scenario", "status", "told", "taken"),
    [
        (STEP, 143, "stopped at step 3 of 5: network, checkpoint and log are in run; run the same command again", 3),
        (DECODE, 130, "stopped before the first step: nothing is lost", 0),
    ],
    ids=["in a step, SIGTERM", "before the first, Ctrl-C"],
)
def test_a_run_that_was_stopped_goes_on_with_the_same_command(place, scenario, status, told, taken):
    done = run(place, *FAST, "--steps", "5", scenario=scenario)
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout.startswith(told)
    assert not taken or steps_logged() == list(range(1, taken + 1))
    assert main([*FAST, "--steps", "5"]) == 0
    assert steps_logged() == [1, 2, 3, 4, 5]


def test_without_accelerate_a_sentence_says_what_to_install(place):
    code = (
        "import sys; sys.modules.update(accelerate=None)\n"
        "from nst_helpers.cli import main\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *FAST], env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == 'error: accelerate is missing, which training needs: pip install "nst-helpers[train]"\n'


RECONET = ["train", "reconet", "--style", "starry_night", "-o", "run", *TINY]


def test_a_network_for_films_is_trained_on_photos_goes_on_and_forks(place, capsys):
    assert main([*RECONET, "--photos", "photos", "--steps", "1", "--sources", "few pictures"]) == 0
    network = load_network("run/network.safetensors", device="cpu")
    assert (type(network), network.styles) == (ReCoNet, ("starry_night",))
    assert (network.facts["sources"], network.facts["photos"]) == ("few pictures", 2)
    assert main([*RECONET, "--photos", "photos", "--steps", "2"]) == 0
    assert steps_logged() == [1, 2]
    fork = ["--from", "run/network.safetensors", "-o", "fork", "--feature-weight", "0", "--output-weight", "0"]
    assert main([*RECONET, *fork, "--photos", "photos", "--steps", "1"]) == 0
    settings = load_network("fork/network.safetensors", device="cpu").facts["settings"]
    assert (settings["feature_weight"], settings["output_weight"]) == (0, 0)


def test_a_network_for_films_is_trained_on_clips(place, monkeypatch, capsys):
    seen = {}

    def record(paintings, photos, **keywords):
        seen.update(keywords, paintings=paintings, photos=photos)
        return Training(torch.nn.Identity(), [Progress(1, 1, 0.5)])

    record.settings, record.__signature__ = train_reconet.settings, inspect.signature(train_reconet)
    monkeypatch.setattr(training, "train_reconet", record)
    line = ["train", "reconet", "--style", "whalers", "--clips", "clips", "--device", "cpu"]
    assert main(line) == 1
    assert "clips is no folder: name one that has clips in it" in capsys.readouterr().err
    Path("clips").mkdir()
    Path("clips/a.mp4").touch()
    assert main([*line, "--speed", "3"]) == 0
    assert (seen["paintings"], seen["photos"], seen["clips"]) == ({"whalers": "whalers"}, None, "clips")
    assert (seen["folder"], seen["facts"], seen["speed"]) == (Path("build/reconet"), None, 3.0)
    with pytest.raises(SystemExit, match="2"):
        main([*line, "--photos", "photos"])
    assert "not allowed with argument" in capsys.readouterr().err
