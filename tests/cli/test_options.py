"""Flags come from annotations, and what they can't read is refused by the settings, in the settings' own words."""

import json
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pytest

from nst_helpers.cli.options import add_options
from nst_helpers.runtime import Count, Weight, takes
from tests.cli.process import environment


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Options of each kind.

    Attributes:
        whole: how many, 100% of them.
        real: how much.
        word: which.
        flag: whether.
        layers: what of each.
        several: a list.
    """

    whole: Count | None = 3
    real: Weight = 0.5
    word: Literal["one", "two"] = "one"
    flag: bool = True
    layers: Mapping[str, Weight] | Sequence[str] = ("a", "b")
    several: Sequence[Weight] | None = None


@takes(Settings)
def method(*, settings: Settings) -> Settings:
    """Give the settings."""
    return settings


@pytest.fixture
def parser():
    parser = ArgumentParser()
    add_options(parser, method)
    return parser


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("", "whole", 3),
        ("--whole 7", "whole", 7),
        ("--whole 2.5", "whole", "2.5"),
        ("--real 2", "real", 2.0),
        ("--real x", "real", "x"),
        ("--word three", "word", "three"),
        ("--no-flag", "flag", False),
        ("--layers a=1,b=.5", "layers", {"a": 1.0, "b": 0.5}),
        ("--layers a,b", "layers", ["a", "b"]),
        ("--several 1 .5", "several", [1.0, 0.5]),
    ],
)
def test_a_flag_is_read_as_its_annotation_says(parser, line, name, value):
    given = getattr(parser.parse_args(line.split()), name)
    assert given == value
    assert type(given) is type(value)


@pytest.mark.parametrize("layers", ["a=x", "a=1,b", "a=1=2", "a=1,a=2", "a,a"])
def test_layers_that_are_no_list_are_refused(parser, layers, capsys):
    with pytest.raises(SystemExit):
        parser.parse_args(["--layers", layers])
    assert "is no list of layers: write relu1_1=0.5" in capsys.readouterr().err


def test_help_has_meanings_ranges_and_defaults(parser):
    text = " ".join(parser.format_help().split())
    for part in ("how many, 100% of them. (at least 1; default: 3)", "{one,two}", "LAYER=WEIGHT", "(default: on)"):
        assert part in text


MISTAKES = {
    "--pooling maxx": "pooling 'maxx' is unknown: did you mean max?",
    "--steps 2.5": "steps is '2.5': give a whole number of at least 1.",
    "--size nan": "size is 'nan': give a whole number of at least 1 or None.",
    "--style-weight nan": "style_weight is nan: give a finite number of at least 0.",
    "--tv-weight -1": "tv_weight is -1.0: give a finite number of at least 0.",
    "--seed 1180591620717411303424": "seed is 1180591620717411303424: give a whole number of at least 0",
}
MANY = """
import json, sys
from nst_helpers.cli import main
for line in json.loads(sys.argv[1]):
    assert main(["stylize", "chelsea", "starry_night", *line.split()]) == 1
"""


def test_a_wrong_type_or_range_is_one_sentence(tmp_path):
    # in a process of its own, where no type checker is before the settings' own check
    command = [sys.executable, "-c", MANY, json.dumps(list(MISTAKES))]
    done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    for told, sentence in zip(done.stderr.splitlines(), MISTAKES.values(), strict=True):
        assert told.startswith(f"error: {sentence}")
