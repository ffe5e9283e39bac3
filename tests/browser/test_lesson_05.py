"""Lesson 05 in JupyterLab: it runs whole, and in its `LightStudio` the pictures follow the keyboard."""

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

SMALL = {"SIZE": 128, "LIVE_STEPS": 60}

MAKE = """import torch
from nst_helpers.networks import TransformNet
from nst_helpers.widgets import LightStudio

torch.manual_seed(0)
networks = {norm: TransformNet(8, norm).eval() for norm in ("batch", "instance", "none")}
for network in networks.values():
    torch.nn.init.constant_(network.output.bias, 0.5)
studio = LightStudio(networks, size=128)
studio"""


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    return write_notebook(tmp_path_factory.mktemp("notebook") / "light.ipynb", MAKE)


def visit_light(page, lab: Lab, name: str, networks: int) -> None:
    """Lower the contrast, raise the brightness, and save; the page shows one studio, and nothing is running.

    Args:
        name: of the picture saved and of the photographs taken.
        networks: how many there are.
    """
    shown = [f".nst-picture-{number}" for number in range(networks + 1)]
    for one in shown:
        wait_for_text(page, one, r": moved 0\.0%$")
    for description, key, times, written in (
        ("contrast", "ArrowLeft", 20, r"contrast=0\.6, brightness=0\.0\)"),
        ("brightness", "ArrowRight", 15, r"contrast=0\.6, brightness=0\.15\)"),
    ):
        before, moved = picture(page, shown[0]), page.inner_text(shown[0])
        slide(page, description, key, times=times)
        wait_for_text(page, ".nst-code", written)
        wait_for_another_picture(page, shown[0], before)
        assert page.inner_text(shown[0]) != moved
        wait_for_text(page, ".nst-state", r"^Painted (\d pictures of )?\d+×\d+ px in [\d.]+ m?s\.")
    wait_for_text(page, shown[0], r": moved 1\d\.\d%$")
    for width in (1000, 1400):
        page.set_viewport_size({"width": width, "height": 1100})
        photograph(page, f"{name}_{width}")
    page.fill(".nst-save-name input", f"{name}.png")
    page.click(".nst-save")
    size = re.search(r"\((\d+)×(\d+) px\)", wait_for_text(page, ".nst-save-state", rf"^Saved {name}\.png"))
    with Image.open(lab.files / f"{name}.png") as saved:
        assert saved.size == (int(size[1]), int(size[2]))


def test_a_visit_to_the_studio(browser, lab, notebook):
    with lab.opened(browser, notebook) as page:
        run_all(page)
        page.get_by_text("Show me the code", exact=True).click()
        visit_light(page, lab, f"light_{lab.label}", networks=3)
        assert not complaints(page)


def test_the_lesson_runs_and_its_studio_paints(browser, lab, tmp_path):
    with whole_lesson(browser, lab, tmp_path, "05_instance_norm_ablation", **SMALL) as page:
        for number in range(4):
            wait_for_text(page, f".nst-picture-{number}", r": moved 0\.0%$")
        photograph(page, "lesson_05")
