"""Flow in files: as Middlebury's own tools write it, whole, and refused where it isn't."""

import struct

import pytest
import torch

from nst_helpers.video import read_flow, write_flow
from tests.images.helpers import refused
from tests.video.helpers import rough, steady


def test_a_flow_comes_back_as_it_went(tmp_path):
    flow = 100 * (rough(7, 9, channels=2) - 0.5)
    assert torch.equal(read_flow(write_flow(flow, tmp_path / "a.flo")), flow)
    assert torch.equal(read_flow(write_flow(flow[0].double(), tmp_path / "b.flo")), flow)


def test_the_bytes_are_the_formats(tmp_path):
    """By hand: 202021.25, width, height, then x and y of each pixel, row by row."""
    flow = torch.arange(12.0).view(2, 2, 3)
    data = write_flow(flow, tmp_path / "a.flo").read_bytes()
    assert data == struct.pack("<fii12f", 202021.25, 3, 2, 0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11)


def test_unknown_pixels_are_nan_and_stay_unknown(tmp_path):
    flow = steady(1, 2, 4, 5)
    flow[0, 0, 1, 2] = torch.nan
    back = read_flow(write_flow(flow, tmp_path / "a.flo"))
    assert back.isnan().nonzero().tolist() == [[0, 0, 1, 2], [0, 1, 1, 2]]
    assert torch.equal(back.nan_to_num(), steady(1, 2, 4, 5) * ~back.isnan())
    (tmp_path / "b.flo").write_bytes(struct.pack("<fii4f", 202021.25, 2, 1, 1.666e9, 1.666e9, 3, 4))
    assert torch.equal(read_flow(tmp_path / "b.flo").isnan()[0, :, 0], torch.tensor([[True, False]] * 2))


@pytest.mark.parametrize(
    ("spoilt", "says"),
    [
        (lambda data: b"", "is no .flo file"),
        (lambda data: data[:8], "is no .flo file"),
        (lambda data: b"HEIP" + data[4:], "is no .flo file"),
        (lambda data: data[:-1], "is damaged, with 171 bytes where 5x4 px take 172"),
        (lambda data: data + b"\0", "is damaged, with 173 bytes where 5x4 px take 172"),
        (lambda data: data[:4] + struct.pack("<ii", -5, -4) + data[12:], "is damaged, with no pixels"),
        (lambda data: data[:4] + struct.pack("<ii", 0, 4), "is damaged, with no pixels"),
        (lambda data: data[:4] + struct.pack("<ii", 2**31 - 1, 2**31 - 1) + data[12:], "is damaged, with 172 bytes"),
    ],
)
def test_a_damaged_file_is_a_sentence(tmp_path, spoilt, says):
    path = write_flow(steady(1, 2, 4, 5), tmp_path / "a.flo")
    path.write_bytes(spoilt(path.read_bytes()))
    with refused(says):
        read_flow(path)


def test_a_file_that_is_not_there_is_said_to_be():
    with pytest.raises(FileNotFoundError):
        read_flow("nowhere.flo")


def test_several_flows_are_refused_and_an_older_file_stays(tmp_path):
    path = write_flow(steady(1, 2), tmp_path / "a.flo")
    before = path.read_bytes()
    with refused(r"the flow's shape is \(2, 2, 40, 50\) and a file holds one"):
        write_flow(steady(1, 2).repeat(2, 1, 1, 1), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_no_such_folder_is_a_sentence(tmp_path):
    with pytest.raises(FileNotFoundError, match="create it before saving"):
        write_flow(steady(1, 2), tmp_path / "nowhere" / "a.flo")
