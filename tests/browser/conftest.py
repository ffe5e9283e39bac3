"""One browser and one JupyterLab for all the tests of this folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.lab import QUIET, Lab, find_browser

# What Colab has; its part for JupyterLab is of the same generation.
OLD_WIDGETS = ("ipywidgets==7.7.1", "ipython_genutils==0.2.0", "jupyterlab_widgets==1.1.11")


@pytest.fixture(scope="session")
def browser():
    """Chromium, without a window."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is missing: pip install playwright")
    if (program := find_browser()) is None:
        pytest.skip("no browser is installed: apt-get install chromium, or put Google Chrome on the PATH")
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session", params=["ipywidgets_8", "ipywidgets_7.7"])
def lab(request, browser, tmp_path_factory):
    """A JupyterLab that nothing else uses."""
    pytest.importorskip("jupyterlab", reason="JupyterLab is missing: pip install jupyterlab")
    folder = tmp_path_factory.mktemp("lab")
    old = install_old_widgets(folder / "old") if request.param == "ipywidgets_7.7" else {}
    server = Lab(folder, request.param, OMP_NUM_THREADS="1", OMP_WAIT_POLICY="PASSIVE", **old).start()
    yield server
    server.stop()


def install_old_widgets(folder: Path) -> dict[str, str]:
    """Put them before the installed ones; the variables that do so."""
    fetch = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), *OLD_WIDGETS]
    if subprocess.run(fetch, capture_output=True, check=False).returncode:
        pytest.skip(f"{', '.join(OLD_WIDGETS)} can't be had from here: the widgets of Colab are not tested")
    paths = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {"PYTHONPATH": os.pathsep.join(paths), "JUPYTER_PATH": str(folder / "share" / "jupyter")}
