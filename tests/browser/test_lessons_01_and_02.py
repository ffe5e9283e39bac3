"""Lessons 01 and 02 in JupyterLab: each runs whole, and its widget answers a mouse and a keyboard."""

import re

import pytest

from tests.browser.lesson import whole_lesson
from tests.browser.studio import visit

SMALL = {
    "01_feature_visualization": {"PAINT_STEPS": 24, "REBUILD_SIZE": 64, "REBUILD_STEPS": 60},
    "02_gram_matrices": {"GROW_SIZE": 64, "GROW_STEPS": 40, "STATISTIC_STEPS": 20},
}


def choose(description: str, value: str):
    """A change for `visit`: choose from the dropdown of that label, or type into its field."""

    def change(page) -> None:
        control = page.locator(".widget-inline-hbox").filter(has_text=re.compile(f"^{description}"))
        if control.locator("select").count():
            control.locator("select").first.select_option(value)
        else:
            control.locator("input").first.fill(value)
            page.keyboard.press("Tab")

    return change


@pytest.mark.parametrize(
    ("name", "description", "value", "written"),
    [
        ("01_feature_visualization", "channel", "7", 'channel("relu5_1", 7)'),
        ("02_gram_matrices", "statistic", "moments", 'statistic="moments"'),
    ],
    ids=["01", "02"],
)
def test_the_lesson_runs_and_its_widget_answers(browser, lab, tmp_path, name, description, value, written):
    with whole_lesson(browser, lab, tmp_path, name, **SMALL[name]) as page:
        choose("steps", "5000")(page)
        visit(page, lab, f"lesson_{name[:2]}", change=choose(description, value), written=written)
