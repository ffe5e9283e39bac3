"""What the tests of widgets share: reports, waiting, and uploads as the browser makes them."""

import datetime
import io
import time
from collections.abc import Callable, Iterable, Iterator

import pytest
import torch
from PIL import Image

from nst_helpers.images import load_image
from nst_helpers.runtime import Progress
from nst_helpers.widgets.controls.picker import PicturePicker
from nst_helpers.widgets.controls.pictures import PictureView
from nst_helpers.widgets.run.panel import Panel
from nst_helpers.widgets.run.studio import Studio

PATIENCE = 120.0  # seconds: only a fault takes so long, however busy the machine
HOSTILE_NAMES = (
    "two\nlines.png",
    "x\r\nraise SystemExit #.png",
    "quo\"te's {x} %s.png",
    "Müller 猫 🐈.png",
    "C:\\pictures\\x.png",
    "../../folder/x.png",
    "..",
    "",
    "   ",
    f"{'long' * 75}.png",
    "CON.png",
    "nul",
    "coffee",
    "~.png",
    "a\0b.png",
    "\udcff.png",
    "\u202egnp.exe",
    "</script><b>.png",
)
"""Names of uploads: some can't be files on some systems, some would be programs, some can't be printed."""


FAILURES = pytest.mark.parametrize(
    ("error", "said"),
    [(MemoryError(), "memory ran out"), (ValueError("the picture is too small."), "the picture is too small.")],
    ids=repr,
)
"""What a network may fail by, and what is said then."""


def report(iteration: int, total: int = 1000, **options) -> Progress:
    return Progress(iteration, total, options.pop("loss", 1.0), **options)


def makes(kind: type[Panel], small: dict[str, object]) -> Iterator[Callable[..., Panel]]:
    """A fixture's whole body: a maker of small studios, which are closed at the end."""
    made = []

    def make(*arguments, **options):
        made.append(kind(*arguments, **{**small, **options}))
        return made[-1]

    yield make
    for studio in made:
        studio.close()


def wait_until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.005)


def shown(studio: Panel) -> torch.Tensor:
    """The picture that a studio's preview shows."""
    return viewed(studio.preview)


def viewed(view: PictureView) -> torch.Tensor:
    """The picture that it shows."""
    return load_image(Image.open(io.BytesIO(view.image.value)))


def run_code(studio: Studio, **names: object) -> torch.Tensor:
    """The picture that the call shown makes."""
    return code_gives(studio, **names).image


def code_gives(studio: Panel, *, result: str = "result", **names: object) -> object:
    """What the code shown leaves under that name."""
    exec(compile(studio.code, "the code shown", "exec"), names)
    return names[result]


def start(studio: Studio) -> None:
    """Press run, and wait for the first step."""
    studio.buttons.run.click()
    wait_until(lambda: studio.job.progress is not None)


def png(color: str = "teal", size: tuple[int, int] = (20, 30)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, color).save(buffer, "PNG")
    return buffer.getvalue()


def upload(picker: PicturePicker, name: str, content: bytes) -> None:
    """What the browser does, in the ipywidgets installed."""
    if isinstance(picker.upload.value, dict):
        picker.upload.metadata, picker.upload.data = [{"name": name, "size": len(content)}], [content]
        picker.upload._counter += 1
    else:
        modified = datetime.datetime.now(datetime.UTC)
        file = {"name": name, "type": "image/png", "size": len(content), "last_modified": modified}
        picker.upload.value = ({**file, "content": memoryview(content)},)


def assert_lives_on(studio: Panel, moves: Iterable[Callable[[], None]], fail: Callable[[], None], said: str) -> None:
    """A network that fails at the first move leaves the picture and says so; the second move paints."""
    first, second = moves
    before = studio.picture
    fail()
    first()
    assert studio.state.text.startswith("Not painted: ")
    assert said in studio.state.text
    assert studio.picture is before
    second()
    assert studio.state.text.startswith("Painted")
    assert studio.picture is not before
