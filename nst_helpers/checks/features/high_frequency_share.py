"""``high_frequency_share(image)``: of each picture's energy without the mean, at 1/4 cycle per px and above."""

import torch

from nst_helpers.checks.exercise import Exercise
from nst_helpers.checks.trials import uniform


def _radius(height, width):
    return torch.hypot(*_frequencies(height, width))


def _frequencies(height, width):
    """Vertical and horizontal ones of each Fourier coefficient, in cycles per px."""
    vertical, horizontal = (torch.fft.fftfreq(length, device="cpu").abs() for length in (height, width))
    return vertical.view(-1, 1), horizontal


def _centered(image):
    return image - image.mean(dim=(2, 3), keepdim=True)


def _ratio(high, energy):
    return high / energy.clamp(min=1e-12)


def _high_frequency_share(
    image,
    *,
    center=_centered,
    transform=torch.fft.fft2,
    energy=lambda spectrum: spectrum.abs().square(),
    radius=_radius,
    high=lambda f: f >= 0.25,
    share=lambda high, energy: _ratio(high.sum(dim=(1, 2, 3)), energy.sum(dim=(1, 2, 3))),
):
    energies = energy(transform(center(image)))
    chosen = high(radius(*image.shape[2:]))[:, : energies.shape[3]]
    return share(energies * chosen, energies)


def _trials():
    # Lengths that are a power of two or no multiple of 4: 1/4 is hit exactly, however frequencies are computed.
    colored = uniform(2, 3, 8, 10) * torch.tensor([1.0, 0.3, 0.6], device="cpu").view(3, 1, 1)
    colored[1] = colored[1].cumsum(dim=2) / 5  # smooth
    mixed = uniform(3, 3, 8, 8, seed=3)
    mixed[0] = 0.5  # flat
    mixed[1] = 0.3 + 0.01 * mixed[1]  # faint
    return [
        (colored,),
        (uniform(1, 3, 16, 6, seed=1),),
        (uniform(3, 3, 7, 9, seed=2),),
        (uniform(2, 3, 33, 64, seed=4).cumsum(dim=3) / 9,),
        (mixed,),
        (mixed[:1].clone(),),
    ]


check_high_frequency_share = Exercise(
    name="high_frequency_share",
    right=_high_frequency_share,
    trials=_trials,
    mistakes={
        "the mean counts too: coefficient [0, 0] holds the brightness, which outweighs all else; subtract each "
        "channel's mean before the transform.": {"center": lambda image: image},
        "these are amplitudes; energy is their square, `.abs().square()`.": {"energy": torch.abs},
        "each channel's share is taken and then averaged, so that a faint channel counts as much as a strong one; "
        "add up the energy of all channels first.": {
            "share": lambda high, energy: _ratio(high.sum(dim=(2, 3)), energy.sum(dim=(2, 3))).mean(dim=1)
        },
        "this is one share for the whole batch; give one for each picture, (B,).": {
            "share": lambda high, energy: _ratio(high.sum(), energy.sum())
        },
        "this is the share of the low frequencies; take `>= 1 / 4`.": {"high": lambda f: f < 0.25},
        "exactly 1/4 cycle per px belongs to the high frequencies; take `>=`, not `>`.": {"high": lambda f: f > 0.25},
        "the low frequencies form a square here, by the larger of |fy| and |fx|; take `torch.hypot(fy, fx)`.": {
            "radius": lambda *size: torch.maximum(*_frequencies(*size))
        },
        "`fftshift` moved one of the two, so that the borders of the spectrum pass for its middle; leave it out, or "
        "shift the frequencies as well.": {"radius": lambda *size: torch.fft.fftshift(_radius(*size))},
        "`rfft2` keeps half of the plane, and most of its columns stand for two coefficients; take `fft2`.": {
            "transform": torch.fft.rfft2
        },
        "frequencies are counted in cycles per picture, so that nearly all are above 1/4; divide by the height and by "
        "the width, as `torch.fft.fftfreq` does.": {
            "radius": lambda h, w: torch.hypot(*(f * n for f, n in zip(_frequencies(h, w), (h, w), strict=True)))
        },
    },
    verified="energy at 1/4 cycle per px and above, of all but the mean, for each picture",
    gradient=False,
)
