"""The command line: options from the signature, one sentence for a mistake, nothing half written."""

import inspect
import shutil
import warnings

import pytest
import torch

from nst_helpers.assets import find
from nst_helpers.cli.main import main, make_parser
from nst_helpers.gatys import stylize
from nst_helpers.images import load_image
from nst_helpers.optimize import Optimization
from nst_helpers.runtime import Progress, option_types

TINY = "--size 32 --steps 2 --weights random --no-normalized --style-layers relu1_1 --content-layers relu2_1=1"


@pytest.fixture
def substitute(monkeypatch):
    """Puts a function in the place of `stylize`, with its options."""

    def put(function):
        function.settings, function.__signature__ = stylize.settings, inspect.signature(stylize)
        monkeypatch.setattr("nst_helpers.cli.stylize.stylize", function)

    return put


def test_every_option_of_the_function_is_one_of_the_command_with_its_default():
    options = vars(make_parser().parse_args(["stylize", "a", "b"]))
    for name in option_types(stylize.settings):
        assert options[name] == inspect.signature(stylize).parameters[name].default, name


def test_it_writes_the_picture_and_says_so(tmp_path, capsys):
    out = tmp_path / "out.png"
    assert main(["stylize", "astronaut", "starry_night", "-o", str(out), *TINY.split()]) == 0
    assert load_image(out).shape == (1, 3, 32, 32)
    printed = capsys.readouterr()
    assert "2 steps in" in printed.out
    assert "2/2" in printed.err  # the progress bar


def test_options_reach_the_function(tmp_path, substitute):
    seen = {}

    def record(content, style, **keywords):
        seen.update(keywords, content=content, style=style)
        return Optimization(torch.zeros(1, 3, 4, 4), history=[Progress(1, 1, 0.0)])

    substitute(record)
    arguments = (
        "stylize photo.jpg one two --masks m.png n.png --style-weights 0.2 0.8 --style-layers relu1_1=0.5,relu2_1=2"
    )
    arguments += " --learning-rate 0.5 --preserve-color luminance --checkpointing --content-layers relu4_2,relu5_2"
    assert main([*arguments.split(), "-o", str(tmp_path / "x.png")]) == 0
    assert (seen["content"], seen["style"]) == ("photo.jpg", ["one", "two"])
    assert seen["masks"] == ["m.png", "n.png"]
    assert seen["style_weights"] == [0.2, 0.8]
    assert seen["style_layers"] == {"relu1_1": 0.5, "relu2_1": 2.0}
    assert seen["content_layers"] == ["relu4_2", "relu5_2"]
    assert (seen["learning_rate"], seen["preserve_color"], seen["checkpointing"]) == (0.5, "luminance", True)


@pytest.mark.parametrize("error", [ValueError, OSError, MemoryError, ImportError])
def test_the_bar_is_closed_before_the_sentence_of_a_failure(error, tmp_path, substitute, capsys):
    def fail(*_, callback, **__):
        callback(Progress(1, 9, 0.5))
        raise error("enough")

    substitute(fail)
    assert main(["stylize", "a", "b", "-o", str(tmp_path / "x.png")]) == 1
    assert capsys.readouterr().err.endswith("\nerror: enough\n")


def test_a_restart_is_told_by_the_bar_alone(tmp_path, substitute):
    def restart(*_, callback, **__):
        warnings.warn("the loss went up", RuntimeWarning, stacklevel=1)  # an error, in these tests, if it came through
        return Optimization(torch.zeros(1, 3, 4, 4), history=[Progress(1, 1, 0.0)])

    substitute(restart)
    assert main(["stylize", "a", "b", "-o", str(tmp_path / "x.png")]) == 0


def test_help_names_options_and_pictures(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["stylize", "--help"])
    assert ended.value.code == 0
    assert {"--style-weight", "starry_night", "astronaut"} <= set(capsys.readouterr().out.replace(",", " ").split())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("astronaut stary_night", "did you mean 'starry_night'?"),
        ("missing.jpg starry_night", "there is no file"),
        ("astronaut starry_night -o out.xyz", "no suffix of a format that can be written"),
        ("./picture.png starry_night -o picture.png", "picture.png is one of the pictures given: choose another name"),
        ("astronaut starry_night -o nowhere/out.png", "nowhere is no directory"),
        ("astronaut starry_night --steps 0", "steps is 0: give a whole number of at least 1"),
        ("astronaut starry_night --content-layers relu9_9", "layer 'relu9_9' is unknown"),
    ],
)
def test_a_mistake_is_one_sentence_and_leaves_no_file(arguments, sentence, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(find("astronaut").path, "picture.png")
    assert main(["stylize", *arguments.split()]) == 1
    error = capsys.readouterr().err.strip()
    assert sentence in error
    assert error.startswith("error: ")
    assert "\n" not in error
    assert list(tmp_path.iterdir()) == [tmp_path / "picture.png"]


def test_layers_that_are_no_list_are_refused_by_the_parser(capsys):
    with pytest.raises(SystemExit):
        main(["stylize", "a", "b", "--style-layers", "relu1_1=much"])
    assert "write relu1_1=0.5,relu2_1=0.5" in capsys.readouterr().err
