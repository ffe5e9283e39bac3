"""What the tests of widgets share: reports, waiting, and uploads as the browser makes them."""

import datetime
import io
import time
from collections.abc import Callable

from PIL import Image

from nst_helpers.runtime import Progress
from nst_helpers.widgets.controls.picker import PicturePicker


def report(iteration: int, total: int = 1000, **options) -> Progress:
    return Progress(iteration, total, options.pop("loss", 1.0), **options)


def wait_until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.005)


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
