"""Lesson 07 in JupyterLab: it runs whole, and `FilmStudio`'s pictures follow the keyboard from frame to frame."""

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

SMALL = {"SIZE": 96, "SMALL_SIZE": 64, "SPEED": 3.0, "FRAMES": 5, "STEPS": 2}

MAKE = """import torch
from nst_helpers.networks import TransformNet
from nst_helpers.video import make_scene
from nst_helpers.widgets import FilmStudio

torch.manual_seed(0)
networks = {"frame by frame": TransformNet(8), "steadier": TransformNet(8)}
for network in networks.values():
    torch.nn.init.constant_(network.requires_grad_(False).eval().output.bias, 0.5)
    network.output.weight *= 3
scene = make_scene("neuschwanstein", "disc", frames=8, size=(90, 120), speed=4)
studio = FilmStudio(networks, scene)
studio"""

PICTURES = [f".nst-picture-{number}" for number in range(4)]


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    return write_notebook(tmp_path_factory.mktemp("notebook") / "film.ipynb", MAKE)


def visit_film(page, lab: Lab, name: str, other: str) -> None:
    """Go on three frames, add a temporal weight, take another method, and save; nothing is running on the page.

    Args:
        name: of the picture saved and of the photographs taken.
        other: a method that is not the first.
    """
    before = [picture(page, shown) for shown in PICTURES]
    slide(page, "frame", "ArrowRight", times=3)
    before = another(page, before, r"^frame 4: ")
    wait_for_text(page, PICTURES[1], r"^result 3, warped to frame 4$")
    wait_for_text(page, PICTURES[2], r"^not in frame 3: [\d.]+%, flow (known|estimated)$")
    unsteady = flicker(page)
    slide(page, "temporal weight", "ArrowRight", times=60)
    before = another(page, before, r"^frame 4: .*, 60% blended$")
    assert flicker(page) < unsteady
    wait_for_text(page, ".nst-code", r"painter = Blended\(FrameByFrame\(network\), 0\.6")
    for width in (800, 1280):
        page.set_viewport_size({"width": width, "height": 1100})
        photograph(page, f"{name}_{width}")
    page.locator(".widget-dropdown select, .jupyter-widget-dropdown select").first.select_option(other)
    another(page, before, rf"^frame 4: {other}, 60% blended$")
    page.fill(".nst-save-name input", f"{name}.png")
    page.click(".nst-save")
    size = re.search(r"\((\d+)×(\d+) px\)", wait_for_text(page, ".nst-save-state", rf"^Saved {name}\.png"))
    with Image.open(lab.files / f"{name}.png") as saved:
        assert saved.size == (int(size[1]), int(size[2]))


def another(page, before: list[str], caption: str) -> list[str]:
    """Wait until other pictures are there, the first of that caption; their addresses."""
    wait_for_text(page, PICTURES[0], caption)
    wait_for_text(
        page, ".nst-state", r"^(Painted \d+ frames? of \d+×\d+ px in [\d.]+ m?s|Frame \d+ was there already)\."
    )
    wait_for_another_picture(page, PICTURES[0], before[0])
    return [picture(page, shown) for shown in PICTURES]


def flicker(page) -> float:
    return float(wait_for_text(page, PICTURES[3], r"^flicker [\d.]+$").split()[1])


def test_a_visit_to_the_studio(browser, lab, notebook):
    with lab.opened(browser, notebook) as page:
        run_all(page)
        page.get_by_text("Show me the code", exact=True).click()
        visit_film(page, lab, f"film_{lab.label}", "steadier")
        assert not complaints(page)


def test_the_lesson_runs_and_its_studio_paints(browser, lab, tmp_path):
    with whole_lesson(browser, lab, tmp_path, "07_video_temporal_loss", **SMALL) as page:
        wait_for_text(page, PICTURES[0], r"^frame 1: frame by frame$")
        wait_for_text(page, PICTURES[3], r"^flicker [\d.]+$")
        photograph(page, "lesson_07")
