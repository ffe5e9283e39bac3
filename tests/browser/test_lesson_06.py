"""Lesson 06 in JupyterLab: it runs whole, and in its `PadStudio` the picture follows the keyboard over the pad."""

import re

import pytest
from PIL import Image

from tests.browser.lab import (
    Lab,
    complaints,
    photograph,
    picture,
    run_all,
    wait_for_another_picture,
    wait_for_text,
    write_notebook,
)
from tests.browser.lesson import whole_lesson

SMALL = {"SIZE": 128, "SMALL_SIZE": 80, "EVALUATIONS": 3}

MAKE = """import torch
from nst_helpers.networks import AdaINNet
from nst_helpers.widgets import PadStudio

torch.manual_seed(0)
network = AdaINNet({"weights": "random", "normalized": False}).requires_grad_(False).eval()
for conv in network.decoder:
    torch.nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
network.decoder[-1].weight *= 0.1
torch.nn.init.constant_(network.decoder[-1].bias, 0.5)
studio = PadStudio(network, size=128)
studio"""


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    return write_notebook(tmp_path_factory.mktemp("notebook") / "pad.ipynb", MAKE)


def visit_pad(page, lab: Lab, name: str) -> None:
    """Go along both sides, put another painting in a corner, and save; the page shows one studio, nothing is running.

    Args:
        name: of the picture saved and of the photographs taken.
    """
    before = painted(page, "25% starry_night, 25% whalers, 25% ink_landscape, 25% shiva_and_parvati$")
    push(page, "x", "ArrowLeft", times=30)
    before = another(page, before, "40% starry_night, 10% whalers, 40% ink_landscape, 10% shiva_and_parvati$")
    push(page, "y", "ArrowUp", times=25)
    before = another(page, before, "60% starry_night, 15% whalers, 20% ink_landscape, 5% shiva_and_parvati$")
    for number, share in enumerate((60, 15, 20, 5)):
        wait_for_text(page, f".nst-corner-{number}", rf"\b{share}%")
    page.locator(".nst-corner-2 select").select_option("mada_primavesi")
    before = another(page, before, "60% starry_night, 15% whalers, 20% mada_primavesi, 5% shiva_and_parvati$")
    for width in (800, 1280):
        page.set_viewport_size({"width": width, "height": 1100})
        photograph(page, f"{name}_{width}")
    push(page, "y", "End")
    another(page, before, "80% starry_night, 20% whalers$")
    wait_for_text(page, ".nst-code", r'styles = \["starry_night", "whalers"\]\s.*style_weights=\[0\.8, 0\.2\]')
    page.fill(".nst-save-name input", f"{name}.png")
    page.click(".nst-save")
    size = re.search(r"\((\d+)×(\d+) px\)", wait_for_text(page, ".nst-save-state", rf"^Saved {name}\.png"))
    with Image.open(lab.files / f"{name}.png") as saved:
        assert saved.size == (int(size[1]), int(size[2]))


def push(page, side: str, key: str, times: int = 1) -> None:
    """Move the slider along a side of the pad, x or y."""
    page.locator(f".nst-pad-{side}").locator(".noUi-handle, .ui-slider-handle").focus()
    for _ in range(times):
        page.keyboard.press(key)


def another(page, before: str, caption: str) -> str:
    """Wait until another picture, of that caption, is there; its address."""
    wait_for_another_picture(page, ".nst-preview", before)
    return painted(page, caption)


def painted(page, caption: str) -> str:
    """Wait until the picture of that caption is there; its address."""
    wait_for_text(page, ".nst-caption", caption)
    wait_for_text(page, ".nst-state", r"^Painted \d+×\d+ px in [\d.]+ m?s\.")
    return picture(page, ".nst-preview")


def test_a_visit_to_the_studio(browser, lab, notebook):
    with lab.opened(browser, notebook) as page:
        run_all(page)
        page.get_by_text("Show me the code", exact=True).click()
        visit_pad(page, lab, f"pad_{lab.label}")
        assert not complaints(page)


def test_the_lesson_runs_and_its_studio_paints(browser, lab, tmp_path):
    with whole_lesson(browser, lab, tmp_path, "06_adain", **SMALL) as page:
        painted(page, r"(25% \w+(, )?){4}$")
        photograph(page, "lesson_06")
