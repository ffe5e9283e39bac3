"""``from_spectrum(spectrum, size)``: coefficients divided by their frequency, as pixels."""

import torch

from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform


def _from_spectrum(
    spectrum,
    size,
    *,
    radius=torch.hypot,
    floored=lambda f, size: f.clamp(min=1 / max(size)),
    gain=torch.reciprocal,
    inverse=lambda spectrum, size: torch.fft.irfft2(spectrum, s=size, norm="ortho"),
):
    vertical, horizontal = torch.fft.fftfreq(size[0], device="cpu"), torch.fft.rfftfreq(size[1], device="cpu")
    frequency = radius(vertical.abs().view(-1, 1), horizontal)
    return inverse(spectrum * gain(floored(frequency, size)), size)


def _trial(batch, height, width):
    parts = uniform(batch, 3, height, width // 2 + 1, 2, seed=height) - 0.5
    parts[:, :, 0, 0] = 0.4  # outweighs all else, once it is divided by next to nothing
    return torch.view_as_complex(parts), (height, width)


def _trials():
    return [_trial(2, 6, 7), _trial(1, 8, 4), _trial(1, 5, 6), _trial(3, 24, 37)]


check_from_spectrum = Exercise(
    name="from_spectrum",
    right=_from_spectrum,
    trials=_trials,
    mistakes={
        "the coefficients aren't divided by their frequency.": {"gain": torch.ones_like},
        "they are divided by the square of the frequency; divide once.": {"gain": lambda f: f**-2},
        'irfft2 divides by H*W as it stands; with `norm="ortho"` the pixels are as large as the coefficients.': {
            "inverse": lambda spectrum, size: torch.fft.irfft2(spectrum, s=size)
        },
        "the width is guessed, and always even: hand `s=size` to irfft2, so that an odd one is possible.": {
            "inverse": lambda spectrum, size: torch.fft.irfft2(spectrum, norm="ortho")
        },
        "the floor is 1 / min(H, W), or by one side alone; take 1 / max(H, W).": {
            "floored": lambda f, size: f.clamp(min=1 / min(size))
        },
        "frequency 0 is next to nothing, so that coefficient [0, 0] outweighs all else; take 1 / max(H, W).": {
            "floored": lambda f, size: f.clamp(min=1e-6)
        },
        "coefficient [0, 0] is lost, and with it the brightness: divide it by the floor, 1 / max(H, W).": {
            "floored": lambda f, size: f.where(f > 0, torch.inf)
        },
        "the floor is added to every frequency; put it in the place of lower ones only, `.clamp(min=...)`.": {
            "floored": lambda f, size: f + 1 / max(size)
        },
        "this is |fy| + |fx|; take the length, `torch.hypot(fy, fx)`.": {"radius": torch.add},
        "the phase is lost, which says where things are; divide the complex coefficients themselves.": (
            lambda spectrum, size: _from_spectrum(spectrum.abs() + 0j, size)
        ),
    },
    verified="divided by cycles per px, real pixels of odd and even sizes, with their gradient",
)
