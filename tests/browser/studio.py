"""A visit to `StyleStudio`, on whatever page shows one."""

import re
from collections.abc import Callable

from PIL import Image

from tests.browser.lab import Lab, photograph, picture, slide, wait_for_another_picture, wait_for_text


def slide_style_weight(page) -> None:
    slide(page, "style weight", "ArrowRight", times=10)


def visit(
    page, lab: Lab, name: str, *, change: Callable[[object], None] = slide_style_weight, written: str = "style_weight="
) -> None:
    """Run, move a control, pause, go on, stop, save; the page's first studio is meant, and nothing else is running.

    Args:
        name: of the picture saved and of the photograph taken.
        change: moves a control.
        written: what the code shown says then.
    """
    page.wait_for_selector(".nst-run:enabled")
    before = picture(page, ".nst-preview")
    page.click(".nst-run")
    for _ in range(3):  # the photo gives way to the first step, and that to later ones
        wait_for_another_picture(page, ".nst-preview", before)
        before = picture(page, ".nst-preview")
    wait_for_text(page, ".nst-state", r"^Step \d+ of \d+ · (loss|goal) -?[\d.e+-]+ · .* left")
    code = page.text_content(".nst-code")
    change(page)
    page.wait_for_function("code => document.querySelector('.nst-code').textContent !== code", arg=code)
    assert written in page.text_content(".nst-code")
    page.click(".nst-pause")
    paused = step(wait_for_text(page, ".nst-state", r"^Paused at step"))
    page.wait_for_timeout(2000)
    assert step(page.inner_text(".nst-state")) <= paused + 1  # the one under way
    page.click(".nst-pause")
    wait_for_text(page, ".nst-state", r"^Step")
    page.click(".nst-stop")
    assert step(wait_for_text(page, ".nst-state", r"^Stopped at step \d+")) >= paused
    page.fill(".nst-save-name input", f"{name}.png")
    page.click(".nst-save")
    size = re.search(r"\((\d+)×(\d+) px\)", wait_for_text(page, ".nst-save-state", rf"^Saved {name}\.png"))
    with Image.open(lab.files / f"{name}.png") as saved:
        assert saved.size == (int(size[1]), int(size[2]))
    photograph(page, name)


def step(text: str) -> int:
    """The step that a state line names."""
    return int(re.search(r"step (\d+)", text, flags=re.IGNORECASE)[1])
