"""Pictures to test with, and what one sentence is."""

import numpy as np
import PIL.Image
import pytest
import torch

ONE_SENTENCE = r"^(?=[^\n]*{})[^\n]*[^.\n]\Z"


def noise(width=30, height=20, seed=0):
    values = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return PIL.Image.fromarray(values)


def color(image):
    """The one colour of a plain picture, after checking that it is plain."""
    assert torch.equal(image, image[:, :, :1, :1].expand_as(image))
    return image[0, :, 0, 0].tolist()


def refused(message, error=ValueError):
    """The whole message is one sentence."""
    return pytest.raises(error, match=ONE_SENTENCE.format(message))
