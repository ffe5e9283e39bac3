"""Pictures and scenes to test with, and how two masks or two flows are compared."""

import torch

from nst_helpers.images import load_image
from nst_helpers.video import make_scene


def rough(height=40, width=50, channels=3, seed=0):
    """Noise: every error of a position shows."""
    return torch.rand(1, channels, height, width, generator=torch.Generator().manual_seed(seed))


def smooth(height=240, width=300, seed=0):
    """Waves of 15 px and more, between whose pixels bilinear interpolation is all but exact."""
    chance = torch.Generator().manual_seed(seed)
    y, x = (torch.arange(length, dtype=torch.float64) for length in (height, width))
    picture = torch.zeros(3, height, width, dtype=torch.float64)
    for color in range(3):
        for _ in range(6):
            turn, phase = (2 * torch.pi * torch.rand(2, generator=chance, dtype=torch.float64)).unbind()
            wave = 15 + 30 * torch.rand((), generator=chance, dtype=torch.float64)
            along = turn.cos() * x + turn.sin() * y[:, None]
            picture[color] += (2 * torch.pi * along / wave + phase).sin()
    return (0.5 + picture / 12).float()


def photo_scene(name, motion, *, size=(120, 161), **options):
    return make_scene(load_image(name), motion, size=size, **options)


def steady(x, y, height=40, width=50):
    """The same motion everywhere."""
    return torch.tensor([x, y], dtype=torch.float32).view(1, 2, 1, 1).repeat(1, 1, height, width)


def overlap(found, wanted):
    """Intersection over union of two masks; of two empty ones 1."""
    union = (found | wanted).sum().item()
    return (found & wanted).sum().item() / union if union else 1.0


def mean_error(flow, wanted, visible):
    """Mean end-point error in pixels over the visible ones."""
    return (flow - wanted).norm(dim=1, keepdim=True)[visible].mean().item()
