"""The photos' download: resumed where it was cut, checked, unpacked, and a sentence where it can't be."""

import hashlib
import http.server
import io
import re
import threading
import zipfile
from pathlib import Path

import pytest

from nst_helpers import assets
from nst_helpers.images import find_pictures
from nst_helpers.training import download, fetch_photos

CHUNK = 4096


class Server(http.server.ThreadingHTTPServer):
    """Sends one archive, from wherever it is asked to.

    Attributes:
        cut_after: bytes after which the connection breaks off.
        ranges: whether it can begin in the middle.
        asked: the first byte of each request.
    """

    def __init__(self, archive: bytes):
        super().__init__(("127.0.0.1", 0), Handler)
        self.archive, self.cut_after, self.ranges, self.asked = archive, None, True, []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/photos.zip"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        server, asked = self.server, re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        server.asked.append(int(asked[1]) if asked else 0)
        if self.path != "/photos.zip":
            self.send_error(404)
            return
        first = server.asked[-1] if server.ranges else 0
        if asked and first >= len(server.archive):
            self.send_error(416)
            return
        self.send_response(206 if asked and server.ranges else 200)
        self.send_header("Content-Length", str(len(server.archive) - first))
        self.end_headers()
        self.wfile.write(server.archive[first : server.cut_after])

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    """A server of two photos, which takes the place of MS-COCO's."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name in ("chelsea", "coffee"):
            archive.write(assets.find(name).path, f"photos/{name}.jpg")
    with Server(data.getvalue()) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setattr(download, "PHOTOS_URL", server.url)
        monkeypatch.setattr(download, "PHOTOS_DIGEST", f"md5:{hashlib.md5(server.archive).hexdigest()}")
        monkeypatch.setattr(download, "_CHUNK", CHUNK)
        yield server
        server.shutdown()
        thread.join()


def names(folder: Path) -> list[str]:
    return [path.name for path in find_pictures(folder)]


def cut(server: Server, folder: Path) -> None:
    """A download that breaks off in the middle."""
    server.cut_after = len(server.archive) // 2
    with pytest.raises(OSError, match="are kept, so that the same call goes on there"):
        fetch_photos(folder)
    server.cut_after = None


def test_the_photos_come_once_and_are_unpacked(server, tmp_path):
    found = fetch_photos(tmp_path)
    assert found.is_relative_to(tmp_path)
    assert names(found) == ["chelsea.jpg", "coffee.jpg"]
    assert fetch_photos(tmp_path) == found
    assert server.asked == [0]
    assert not list(tmp_path.glob("*.part"))


def test_a_download_that_was_cut_goes_on_where_it_was(server, tmp_path):
    cut(server, tmp_path)
    (part,) = tmp_path.iterdir()
    begun = part.stat().st_size
    assert len(server.archive) // 2 - CHUNK <= begun <= len(server.archive) // 2
    assert part.read_bytes() == server.archive[:begun]
    assert names(fetch_photos(tmp_path)) == ["chelsea.jpg", "coffee.jpg"]
    assert server.asked == [0, begun]


def test_a_server_that_can_only_send_it_all_does_so(server, tmp_path):
    cut(server, tmp_path)
    server.ranges = False
    assert names(fetch_photos(tmp_path)) == ["chelsea.jpg", "coffee.jpg"]


def test_a_part_that_is_complete_is_taken(server, tmp_path):
    (tmp_path / "photos.zip.part").write_bytes(server.archive)
    assert names(fetch_photos(tmp_path)) == ["chelsea.jpg", "coffee.jpg"]


@pytest.mark.parametrize("begun", [0, 1000])
def test_another_archive_is_refused_and_not_kept(server, tmp_path, begun):
    (tmp_path / "photos.zip.part").write_bytes(b"x" * begun)
    server.archive = server.archive[:-1] + b"x"
    with pytest.raises(ValueError, match=r"sent another file than it should, by its digest: try again, or give"):
        fetch_photos(tmp_path)
    assert not list(tmp_path.iterdir())


def test_without_a_network_a_sentence_names_server_and_way_out(tmp_path, monkeypatch):
    nobody = "http://127.0.0.1:1/photos.zip"
    monkeypatch.setattr(download, "PHOTOS_URL", nobody)
    with pytest.raises(OSError, match=r"\(--photos\)\.$") as told:
        fetch_photos(tmp_path)
    assert str(told.value).startswith(f"{nobody} can't be fetched (Connection refused): try it later, or give")


def test_a_server_without_the_file_is_named(server, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "PHOTOS_URL", server.url.replace("photos.zip", "gone.zip"))
    with pytest.raises(OSError, match=r"gone.zip can't be fetched \(404"):
        fetch_photos(tmp_path)


def test_a_folder_that_cannot_be_made_is_named(server, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"file.* can't take the photos \(.*\): free 2 GB there"):
        fetch_photos(tmp_path / "file")
