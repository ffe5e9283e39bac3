"""`StyleStudio` in JupyterLab, with a mouse and a keyboard, by itself and in its lesson."""

import re

import pytest
from PIL import Image

from tests.browser.lab import (
    complaints,
    photograph,
    picture,
    run_all,
    wait_for_another_picture,
    wait_for_text,
    write_notebook,
)
from tests.browser.lesson import whole_lesson
from tests.browser.studio import visit

MAKE = """from nst_helpers.widgets import StyleStudio
studio = StyleStudio(size=48, steps=5000, weights="random", normalized=False)
studio"""


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    return write_notebook(tmp_path_factory.mktemp("notebook") / "studio.ipynb", MAKE)


def test_a_visit_to_the_studio(browser, lab, notebook):
    with lab.opened(browser, notebook) as page:
        run_all(page)
        page.get_by_text("Show me the code").click()
        assert "neuschwanstein" in wait_for_text(page, ".nst-code", "stylize")
        visit(page, lab, f"studio_{lab.label}")
        assert "# the choices have changed" in page.inner_text(".nst-code")
        assert not complaints(page)


def test_the_lesson_runs_and_its_studio_answers(browser, lab, tmp_path):
    small = {"SIZE": 64, "PAIR_SIZE": 64, "STEPS": 20, "SHOW_SIZE": 96, "SHOW_STEPS": 20}
    with whole_lesson(browser, lab, tmp_path, "03_gatys_optimization", **small) as page:
        page.locator(".widget-inline-hbox").filter(has_text=re.compile(r"^steps")).locator("input").fill("5000")
        page.keyboard.press("Tab")
        visit(page, lab, "lesson_03")


def test_an_upload_and_a_bad_one(browser, lab, notebook):
    portrait = lab.files / "portrait.png"
    Image.new("RGB", (30, 60), "teal").save(portrait)
    with lab.opened(browser, notebook) as page:
        run_all(page)
        page.wait_for_selector(".nst-run:enabled")
        page.get_by_text("Show me the code").click()
        upload(page, {"name": "essay.png", "mimeType": "image/png", "buffer": b"no picture"})
        wait_for_text(page, ".nst-state", r"essay\.png is .* stays neuschwanstein")
        first = picture(page, ".nst-preview")
        upload(page, str(portrait))
        wait_for_another_picture(page, ".nst-preview", first)
        wait_for_text(page, ".nst-code", r'"portrait\.png"')
        assert page.locator(".widget-dropdown select").first.input_value() == "portrait.png (upload)"
        assert not complaints(page)


@pytest.mark.parametrize(("width", "beside"), [(1400, True), (1000, True), (700, False)])
def test_the_picture_stands_beside_the_controls_from_800_px_on(browser, lab, notebook, width, beside):
    with lab.opened(browser, notebook) as page:
        page.set_viewport_size({"width": width, "height": 1300})
        page.evaluate("window.jupyterapp.shell.collapseLeft()")
        run_all(page)
        page.wait_for_selector(".nst-run:enabled")
        assert page.locator(".nst-save").is_disabled()
        page.locator(".nst-preset").first.click()
        page.click(".nst-run")
        wait_for_text(page, ".nst-state", "^(Done|Stopped|Step [0-9]{2})")
        page.click(".nst-stop")
        page.wait_for_selector(".nst-strip button")
        controls, picture_box = (page.locator(one).first.bounding_box() for one in (".nst-preset", ".nst-preview"))
        assert (picture_box["x"] > controls["x"] + 300) is beside
        assert page.locator(".nst-save").is_enabled()
        photograph(page, f"studio_{width}_{lab.label}")
        assert not complaints(page)


def upload(page, file: object) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="upload").first.click()
    chooser.value.set_files(file)
