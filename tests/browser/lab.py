"""JupyterLab in a browser: a server of its own, a notebook that is opened and run, and its widgets."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat

REPOSITORY = Path(__file__).resolve().parents[2]
SCREENSHOTS = REPOSITORY / "build" / "browser"
WINDOW = {"width": 1280, "height": 1100}
PATIENCE = 300  # seconds, for whatever is waited for: the machine may be busy

_SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},  # else cells out of sight are not in the page
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_CONTEXT = "window.jupyterapp.shell.currentWidget.sessionContext"


def find_browser() -> str | None:
    """The browser's program, if one is installed."""
    return next(filter(None, map(shutil.which, _BROWSERS)), None)


def write_notebook(path: Path, *cells: str) -> Path:
    """A notebook of these code cells."""
    made = [
        {"cell_type": "code", "id": f"cell-{n}", "source": cell, "metadata": {}, "outputs": [], "execution_count": None}
        for n, cell in enumerate(cells)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = {"cells": made, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def with_parameters(notebook: Path, copy: Path, **values: object) -> Path:
    """A copy of the notebook whose `parameters` cell ends with these values."""
    nb = nbformat.read(notebook, as_version=4)
    (cell,) = (cell for cell in nb.cells if "parameters" in cell.metadata.get("tags", []))
    cell.source += "".join(f"\n{name} = {value!r}" for name, value in values.items())
    nbformat.write(nb, copy)
    return copy


class Lab:
    """A JupyterLab server whose files, settings and kernels are its own.

    Args:
        folder: copies of notebooks go to ``folder / "files"``.
        label: tells its photographs from those of other servers.
        environment: variables added to the server's and its kernels'.
    """

    def __init__(self, folder: Path, label: str = "lab", **environment: str):
        self.label = label
        self.files, self._log = folder / "files", folder / "server.log"
        self.files.mkdir(parents=True)
        self._token, self._port = secrets.token_hex(16), free_port()
        self._write_settings(folder / "settings")
        own = {f"JUPYTER_{kind}_DIR": str(folder / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")}
        own |= {f"JUPYTERLAB_{kind}_DIR": str(folder / kind.lower()) for kind in ("SETTINGS", "WORKSPACES")}
        self._environment = os.environ | own | {"MPLBACKEND": "", "PYTHONWARNINGS": ""} | environment

    def start(self) -> "Lab":
        """Start the server and wait until it answers."""
        options = {
            "ServerApp.ip": "127.0.0.1",
            "ServerApp.port": self._port,
            "ServerApp.port_retries": 0,
            "ServerApp.root_dir": self.files,
            "IdentityProvider.token": self._token,
            "LabApp.expose_app_in_browser": True,
            "LabApp.extension_manager": "readonly",
        }
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
        command += [f"--{name}={value}" for name, value in options.items()]
        with self._log.open("w") as log:
            self._server = subprocess.Popen(command, env=self._environment, cwd=self.files, stdout=log, stderr=log)
        for _ in range(4 * PATIENCE):
            try:
                self._ask("status")
            except OSError:
                assert self._server.poll() is None, self._log.read_text()
                time.sleep(0.25)
            else:
                return self
        self._server.kill()
        raise TimeoutError(f"JupyterLab doesn't answer:\n{self._log.read_text()}")

    def stop(self) -> None:
        """End the kernels, then the server."""
        try:
            self.end_sessions()
        finally:
            self._server.terminate()
            self._server.wait(PATIENCE)

    def end_sessions(self) -> None:
        """Kernels outlive the page that started them."""
        for session in json.loads(self._ask("sessions")):
            self._ask(f"sessions/{session['id']}", "DELETE")

    @contextmanager
    def opened(self, browser, notebook: Path) -> Iterator:
        """A page with a copy of the notebook, its kernel ready; the kernel ends with the page."""
        copy = shutil.copy(notebook, self.files)
        page = browser.new_page(viewport=WINDOW)
        page.set_default_timeout(1000 * PATIENCE)
        name = f"ui-{secrets.token_hex(4)}"
        page.goto(
            f"http://127.0.0.1:{self._port}/lab/workspaces/{name}/tree/{Path(copy).name}?reset&token={self._token}"
        )
        try:
            page.wait_for_selector(".jp-Notebook .jp-CodeCell")
            page.wait_for_function(f"{_CONTEXT}?.isReady && {_CONTEXT}.session?.kernel?.status === 'idle'")
            yield page
        finally:
            page.close()
            self.end_sessions()

    def _write_settings(self, folder: Path) -> None:
        for name, values in _SETTINGS.items():
            path = folder / "@jupyterlab" / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True)
            path.write_text(json.dumps(values), encoding="utf-8")

    def _ask(self, path: str, method: str = "GET") -> bytes:
        url = f"http://127.0.0.1:{self._port}/api/{path}"
        request = urllib.request.Request(url, method=method, headers={"Authorization": f"token {self._token}"})
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.read()


def run_all(page) -> None:
    """Run every cell of the open notebook and wait until they are done."""
    page.evaluate("async () => { await window.jupyterapp.commands.execute('notebook:run-all-cells') }")


def complaints(page) -> list[str]:
    """Tracebacks and stderr in the notebook's outputs, and widgets that couldn't be drawn."""
    kinds = [f"[data-mime-type='application/vnd.jupyter.{kind}']" for kind in ("stderr", "error")]
    broken = page.get_by_text("Click to show javascript error.").all_inner_texts()
    return page.locator(", ".join(kinds)).all_inner_texts() + broken


def slide(page, description: str, keys: str, times: int = 1) -> None:
    """Move the slider of that label with the keyboard."""
    slider = page.locator(".widget-slider, .jupyter-widget-slider").filter(has_text=description)
    handle = slider.locator(".noUi-handle, .ui-slider-handle")
    for _ in range(times):
        handle.press(keys)  # which focuses it anew: the page may have taken the focus away since


def wait_for_text(page, selector: str, pattern: str) -> str:
    """Wait until the widget's text matches the regular expression; the text."""
    try:
        page.wait_for_function(
            "([selector, pattern]) => new RegExp(pattern).test(document.querySelector(selector)?.innerText ?? '')",
            arg=[selector, pattern],
        )
    except Exception as error:
        shown = page.locator(selector).all_inner_texts()
        raise AssertionError(f"{selector} says {shown}, not {pattern!r}") from error
    return page.inner_text(selector)


def picture(page, selector: str) -> str:
    """The address of the picture in a widget: another whenever the picture is another."""
    return page.locator(f"{selector} img").first.get_attribute("src")


def wait_for_another_picture(page, selector: str, before: str) -> None:
    """Wait until a widget shows another picture than before, and it is decoded."""
    page.wait_for_function(
        "([selector, before]) => { const image = document.querySelector(selector);"
        " return image.src !== before && image.complete && image.naturalWidth > 0 }",
        arg=[f"{selector} img", before],
    )


def photograph(page, name: str) -> Path:
    """A picture of the page under ``build/browser/``."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=(path := SCREENSHOTS / f"{name}.png"))
    return path


def free_port() -> int:
    """One on which nothing listens yet."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
