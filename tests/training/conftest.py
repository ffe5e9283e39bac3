"""Photos to train on, and one thread: sums in another order differ in their last bits."""

import pytest
import torch

from tests.training.runs import draw_pictures


@pytest.fixture(scope="session")
def photos(tmp_path_factory):
    """A folder of five small pictures."""
    return draw_pictures(tmp_path_factory.mktemp("photos"))


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
