"""Names and sentences that are harmless wherever they are shown or run."""

import ast
from pathlib import Path

import pytest
import torch

from nst_helpers.runtime import printable
from nst_helpers.widgets.controls.text import file_name, quoted, sentence, shortened
from tests.widgets.helpers import HOSTILE_NAMES


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=ascii)
def test_a_name_is_one_printable_line_and_a_program_reads_it_back(name):
    assert printable(name).isprintable()
    assert quoted(name).isprintable()
    quoted(name).encode("utf-8")
    assert ast.literal_eval(quoted(name)) == name
    assert len(shortened(name)) <= 61


def test_what_can_be_shown_is_shown_as_it_is():
    assert printable("Müller 猫 🐈.png") == "Müller 猫 🐈.png"
    assert quoted("Müller 猫 🐈.png") == '"Müller 猫 🐈.png"'


def test_a_long_name_keeps_its_ends():
    assert shortened(f"a{'x' * 300}b.png", 20) == "axxxxxxxxx…xxxxxb.png"


def test_a_file_is_never_taken_for_a_bundled_picture():
    assert [file_name(Path(path)) for path in ("mine.png", "folder/coffee")] == ["mine.png", str(Path("folder/coffee"))]
    assert Path(file_name(Path("coffee"))) == Path("coffee")
    assert file_name(Path("coffee")) != "coffee"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "memory ran out: take a smaller size"),
        (MemoryError("a picture needs 9 GB: take size=100 or less."), "a picture needs 9 GB: take size=100 or less."),
        (MemoryError("memory ran out, not enough memory: take size=9"), "memory ran out, not enough memory: take"),
        (RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory: you"), "memory ran"),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), "memory ran out"),
        (ValueError("steps is 0: take\n  at least 1"), "steps is 0: take at least 1."),
        (RuntimeError("sizes differ"), "something unexpected happened (RuntimeError: sizes differ)."),
        (KeyError(), "something unexpected happened (KeyError)."),
    ],
    ids=repr,
)
def test_what_went_wrong_is_a_sentence(error, said):
    assert sentence(error).startswith(said)
    assert sentence(error).endswith(".")
