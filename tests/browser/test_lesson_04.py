"""Lesson 04 in JupyterLab: it runs whole, and in its `MixStudio` the picture follows the mouse and the keyboard."""

import re

import pytest
from PIL import Image

from tests.browser.lab import (
    Lab,
    complaints,
    photograph,
    picture,
    run_all,
    slide,
    wait_for_another_picture,
    wait_for_text,
    write_notebook,
)
from tests.browser.lesson import whole_lesson

SMALL = {"SIZE": 128, "SMALL_SIZE": 64, "STEPS": 20, "TOY_STEPS": 20, "ADD_STEPS": 4, "OWN_STEPS": 20}

MAKE = """import torch
from nst_helpers.networks import Norm, TransformNet
from nst_helpers.widgets import MixStudio

torch.manual_seed(0)
network = TransformNet(4, norm="conditional_instance", styles=("starry_night", "whalers", "ink_landscape")).eval()
for norm in network.modules():
    if isinstance(norm, Norm):
        torch.nn.init.normal_(norm.gamma, 1.0, 0.5)
        torch.nn.init.normal_(norm.beta)
studio = MixStudio(network, size=128)
studio"""


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    return write_notebook(tmp_path_factory.mktemp("notebook") / "mix.ipynb", MAKE)


def visit_mix(page, lab: Lab, name: str, first: str, second: str) -> None:
    """Mix two styles, put all at 0, choose one alone, and save; the page shows one studio, and nothing is running.

    Args:
        name: of the picture saved and of the photograph taken.
        first: the style that the studio begins with, alone.
        second: another.
    """
    before = painted(page, rf"100% {first}$")
    slide(page, words(second), "ArrowRight", times=30)
    wait_for_another_picture(page, ".nst-preview", before)
    before = painted(page, rf"77% {first}, 23% {second}$")
    wait_for_text(page, ".nst-code", rf'mix=\{{"{first}": 1\.0, "{second}": 0\.3\}}')
    photograph(page, name)
    for style in (first, second):
        slide(page, words(style), "Home")
    wait_for_text(page, ".nst-state", "Every slider is at 0: ")
    before = painted(page, rf"100% {second}$")
    slide(page, words(first), "End")
    wait_for_another_picture(page, ".nst-preview", before)
    painted(page, rf"100% {first}$")
    page.fill(".nst-save-name input", f"{name}.png")
    page.click(".nst-save")
    size = re.search(r"\((\d+)×(\d+) px\)", wait_for_text(page, ".nst-save-state", rf"^Saved {name}\.png"))
    with Image.open(lab.files / f"{name}.png") as saved:
        assert saved.size == (int(size[1]), int(size[2]))


def painted(page, caption: str) -> str:
    """Wait until the picture of that caption is there; its address."""
    wait_for_text(page, ".nst-preview", caption)
    wait_for_text(page, ".nst-state", r"^Painted \d+×\d+ px in [\d.]+ m?s\.")
    return picture(page, ".nst-preview")


def words(style: str) -> str:
    """How a slider is labelled."""
    return style.replace("_", " ")


def test_a_visit_to_the_studio(browser, lab, notebook):
    with lab.opened(browser, notebook) as page:
        run_all(page)
        page.get_by_text("Show me the code").click()
        visit_mix(page, lab, f"mix_{lab.label}", "starry_night", "whalers")
        assert not complaints(page)


def test_the_lesson_runs_and_its_studio_paints(browser, lab, tmp_path):
    with whole_lesson(browser, lab, tmp_path, "04_fast_networks", **SMALL) as page:
        painted(page, "100% starry_night$")
        photograph(page, "lesson_04")
