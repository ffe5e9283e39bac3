"""The studios alone, as Voila serves them: a visitor chooses one, moves a control, runs it, and goes to the next."""

import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from nst_helpers.widgets.gallery import ROOMS
from tests.browser.lab import (
    PATIENCE,
    REPOSITORY,
    free_port,
    photograph,
    picture,
    slide,
    wait_for_another_picture,
    wait_for_text,
)

WIDTHS = (1000, 1400)  # px of the window


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """The page's address."""
    pytest.importorskip("voila", reason="Voila is missing: pip install voila, or make app once")
    folder, address = tmp_path_factory.mktemp("app"), f"http://127.0.0.1:{(port := free_port())}"
    own = {f"JUPYTER_{kind}_DIR": str(folder / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")}
    paths = {"PYTHONPATH": os.pathsep.join([str(REPOSITORY), *filter(None, [os.environ.get("PYTHONPATH")])])}
    environment = (
        os.environ | own | paths | {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE", "PYTHONWARNINGS": ""}
    )
    command = [sys.executable, "-m", "voila", str(REPOSITORY / "classroom" / "app.ipynb"), "--no-browser"]
    with (log := folder / "server.log").open("w") as written:
        command += [f"--port={port}", "--Voila.ip=127.0.0.1"]
        server = subprocess.Popen(command, env=environment, cwd=folder, stdout=written, stderr=written)
    try:
        wait_until_it_answers(address, server, log)
        yield address
    finally:
        server.terminate()
        server.wait(PATIENCE)


def wait_until_it_answers(address: str, server: subprocess.Popen, log: Path) -> None:
    for _ in range(4 * PATIENCE):
        try:
            urllib.request.urlopen(f"{address}/voila/static/", timeout=PATIENCE)
        except urllib.error.HTTPError:
            return  # there is no such file, and somebody who says so
        except OSError:
            assert server.poll() is None, log.read_text()
            time.sleep(0.25)
    raise TimeoutError(f"Voila doesn't answer:\n{log.read_text()}")


@pytest.fixture
def page(app, browser):
    """The page as a visitor finds it, its first studio open."""
    page = browser.new_page(viewport={"width": WIDTHS[0], "height": 900})
    page.set_default_timeout(1000 * PATIENCE)
    page.goto(app)
    page.wait_for_selector(".nst-preview img")
    yield page
    page.close()


def enter(page, name: str) -> None:
    """Press a studio's button, and wait until it is open."""
    page.locator(".nst-menu button", has_text=name).click()
    wait_for_text(page, ".nst-room", f"^{ROOMS[name].says[:40]}")


def test_a_visitor_goes_from_studio_to_studio(page):
    assert page.title() == "Neural style transfer: the studios"
    assert page.locator(".nst-menu button").all_inner_texts() == list(ROOMS)
    before = picture(page, ".nst-preview")
    slide(page, "whalers", "ArrowRight", times=10)
    wait_for_another_picture(page, ".nst-preview", before)
    wait_for_text(page, ".nst-state", r"^Painted")
    enter(page, "Step by step")
    page.click(".nst-run")
    wait_for_text(page, ".nst-state", r"^Step ([5-9]|\d\d) of 80")
    page.click(".nst-stop")
    wait_for_text(page, ".nst-state", r"^Stopped at step")
    assert not page.locator(".nst-save").is_visible()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        photograph(page, f"app_{width}")


def test_every_studio_opens_and_shows_pictures(page):
    for name in ROOMS:
        enter(page, name)
        page.wait_for_function("[...document.querySelectorAll('.widget-image')].some(image => image.naturalWidth > 32)")
        assert page.locator(".nst-code").count() == 1
        assert not page.get_by_text("Click to show javascript error.").count()
        photograph(page, f"app_{name.replace(' ', '_').lower()}")
