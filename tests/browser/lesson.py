"""A whole lesson in JupyterLab, run from top to bottom."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from classroom import exercises
from tests.browser.lab import REPOSITORY, Lab, complaints, run_all, with_parameters


@contextmanager
def whole_lesson(browser, lab: Lab, folder: Path, name: str, **parameters: object) -> Iterator:
    """The page of a lesson that ran without complaints and whose exercises' solutions all have their ticks.

    Args:
        folder: for the lesson's copy.
        name: of the notebook, without its suffix.
        parameters: small ones.
    """
    if lab.label != "ipywidgets_8":
        pytest.skip("whole lessons take minutes: they run with the installed ipywidgets alone")
    lesson = REPOSITORY / "notebooks" / f"{name}.ipynb"
    with lab.opened(browser, with_parameters(lesson, folder / lesson.name, **parameters)) as page:
        run_all(page)
        assert not complaints(page)
        assert page.locator(".jp-OutputArea-output").filter(has_text="✓").count() >= len(exercises.find(lesson))
        yield page
        assert not complaints(page)
