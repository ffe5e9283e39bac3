"""Files that a library writes by name: whole or not there, and an error keeps what it says."""

import os

import pytest

from nst_helpers.runtime import whole_file

OLDER = b"older"


def test_what_was_written_takes_the_files_place_with_its_permissions(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(OLDER)
    path.chmod(0o640)
    with whole_file(path) as unfinished:
        assert unfinished.parent == tmp_path
        unfinished.write_bytes(b"new")
        assert path.read_bytes() == OLDER
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name != "posix", reason="links as on Unix")
def test_a_link_is_written_through(tmp_path):
    (tmp_path / "link").symlink_to("file")
    with whole_file(tmp_path / "link") as unfinished:
        unfinished.write_bytes(b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_bytes() == b"new"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            OSError(28, "No space left on device"),
            r"a\.bin can't be written \(No space left on device\): choose another",
        ),
        (OSError("the source can't be read."), r"^the source can't be read\.$"),
        (ValueError("no frame."), r"^no frame\.$"),
        (KeyboardInterrupt(), "^$"),
    ],
)
def test_after_an_error_the_older_file_is_there_and_nothing_else(tmp_path, error, sentence):
    path = tmp_path / "a.bin"
    path.write_bytes(OLDER)

    def write():
        with whole_file(path) as unfinished:
            unfinished.write_bytes(b"a part")
            raise error

    with pytest.raises(type(error), match=sentence):
        write()
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == OLDER
