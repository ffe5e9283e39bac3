"""Wrong formulas that people write in lesson 01's exercises about frequencies, see `features_mistakes`."""

from functools import partial

import torch

from nst_helpers.checks.comparing import Mistake
from nst_helpers.checks.features_formulas import frequencies, from_spectrum, high_frequency_share, power

# ruff: noqa: E731 -- a table of formulas

_share = high_frequency_share
_centered = lambda x: x - x.mean(dim=(2, 3), keepdim=True)
_spectrum = lambda x: torch.fft.fft2(_centered(x))
_larger = lambda fy, fx: torch.maximum(fy.abs(), fx.abs())
_sum = lambda fy, fx: fy.abs() + fx.abs()
_vertical = lambda fy, fx: fy.abs().expand(-1, fx.shape[1])
_horizontal = lambda fy, fx: fx.abs().expand(fy.shape[0], -1)


def _half_plane(x):
    """By rfft2, whose columns stand for two coefficients each, but for the first and perhaps the last."""
    energies = torch.fft.rfft2(_centered(x)).abs().square()
    columns = energies.shape[-1]
    high = torch.hypot(*frequencies(x))[:, :columns] >= 0.25
    return (energies * high).sum(dim=(1, 2, 3)) / energies.sum(dim=(1, 2, 3)).clamp(min=1e-12)


def _ratio(x):
    share = _share(x)
    return (share / (1 - share)).nan_to_num()


def _every_position(x):
    return (torch.hypot(*frequencies(x)) >= 0.25).float().mean().expand(len(x))


HIGH_FREQUENCY: list[Mistake] = [
    (
        partial(_share, energy=lambda x: torch.fft.fft2(x).abs().square()),
        "the mean counts too: coefficient [0, 0] holds the brightness, which outweighs all else; subtract each "
        "channel's mean before the transform.",
    ),
    (
        partial(_share, energy=lambda x: torch.fft.fft2(x - x.mean(dim=(1, 2, 3), keepdim=True)).abs().square()),
        "one mean of all colours is subtracted; each channel has its own, `mean(dim=(2, 3), keepdim=True)`.",
    ),
    (
        partial(_share, energy=lambda x: torch.fft.fft2(x - x.mean()).abs().square()),
        "one mean of all is subtracted; each channel of each picture has its own.",
    ),
    (
        partial(_share, energy=lambda x: _spectrum(x).abs()),
        "these are amplitudes; energy is their square, `.abs().square()`.",
    ),
    (
        partial(_share, energy=lambda x: _spectrum(x).real.square()),
        "only the real part counts, which is a matter of where things lie in the picture; take `.abs().square()`.",
    ),
    (
        lambda x: _share(x, dims=(2, 3)).mean(dim=1),
        "each channel's share is taken and then averaged, so that a faint channel counts as much as a strong one; "
        "add up the energy of all channels first.",
    ),
    (partial(_share, dims=(2, 3)), "this is a share for each channel; add up the energy of the three first."),
    (
        lambda x: _share(x, dims=(0, 1, 2, 3)),
        "this is one share for the whole batch; give one for each picture, (B,).",
    ),
    (
        lambda x: _share(x).mean(),
        "the pictures' shares are averaged; give one for each, (B,).",
    ),
    (partial(_share, high=lambda f: f < 0.25), "this is the share of the low frequencies; take `>= 1 / 4`."),
    (
        partial(_share, high=lambda f: f > 0.25),
        "exactly 1/4 cycle per px belongs to the high frequencies; take `>=`, not `>`.",
    ),
    (
        partial(_share, radius=_larger),
        "the low frequencies form a square here, by the larger of |fy| and |fx|; take `torch.hypot(fy, fx)`.",
    ),
    (
        partial(_share, radius=_sum),
        "the two frequencies are added, |fy| + |fx|; take the length, `torch.hypot(fy, fx)`.",
    ),
    (partial(_share, radius=_vertical), "only vertical frequencies count; take the length, `torch.hypot(fy, fx)`."),
    (partial(_share, radius=_horizontal), "only horizontal frequencies count; take the length, `torch.hypot(fy, fx)`."),
    (
        partial(_share, high=lambda f: f >= 0.5),
        "the border lies at 1/2 cycle per px, the highest that a row can hold; 1/4 is asked for.",
    ),
    (partial(_share, high=lambda f: f >= 0.125), "the border lies at 1/8 cycle per px; 1/4 is asked for."),
    (
        partial(_share, energy=lambda x: torch.fft.fftshift(power(x), dim=(2, 3))),
        "`fftshift` moved one of the two, so that the borders of the spectrum pass for its middle; leave it out, or "
        "shift the frequencies as well.",
    ),
    (_every_position, "this is the share of the coefficients, not of their energy; weigh each by `.abs().square()`."),
    (
        lambda x: (power(x) * (torch.hypot(*frequencies(x)) >= 0.25)).sum(dim=(1, 2, 3)),
        "this is the energy itself; divide it by the energy of all frequencies.",
    ),
    (_ratio, "this is high divided by low; divide by the energy of all frequencies."),
    (
        _half_plane,
        "`rfft2` keeps half of the plane, and most of its columns stand for two coefficients; take `fft2`.",
    ),
    (
        partial(_share, radius=lambda fy, fx: torch.hypot(fy * fy.shape[0], fx * fx.shape[1])),
        "frequencies are counted in cycles per picture, so that nearly all are above 1/4; divide by the height and by "
        "the width, as `torch.fft.fftfreq` does.",
    ),
    (
        partial(_share, energy=lambda x: torch.fft.fftn(_centered(x)).abs().square()),
        "the transform goes over the batch and the colours as well; take that of rows and columns, `torch.fft.fft2`.",
    ),
    (
        partial(_share, energy=lambda x: torch.fft.fft(_centered(x)).abs().square()),
        "`torch.fft.fft` transforms the rows alone; take `torch.fft.fft2`.",
    ),
]

_pixels = from_spectrum
_in_cycles = lambda size: lambda fy, fx: torch.hypot(fy * size[0], fx * size[1])
_zero_first = lambda f: torch.where(f < 1e-6, torch.zeros_like(f), 1 / f.clamp(min=1e-6))
_of_guessed_width = lambda spectrum, s, norm: torch.fft.irfft2(spectrum, norm=norm)
_no_floor = lambda height, width: 0.0

FROM_SPECTRUM: list[Mistake] = [
    (partial(_pixels, gain=torch.ones_like), "the coefficients aren't divided by their frequency."),
    (partial(_pixels, gain=lambda f: f), "the coefficients are multiplied by their frequency; divide them."),
    (partial(_pixels, gain=lambda f: f**-2), "they are divided by the square of the frequency; divide once."),
    (partial(_pixels, gain=torch.rsqrt), "they are divided by the root of the frequency; leave the root out."),
    (
        partial(_pixels, norm="backward"),
        'irfft2 divides by H*W as it stands; with `norm="ortho"` the pixels are as large as the coefficients.',
    ),
    (partial(_pixels, norm="forward"), 'the norm is "forward"; take `norm="ortho"`.'),
    (
        partial(_pixels, norm="backward", gain=torch.ones_like),
        'they aren\'t divided by their frequency, and `norm="ortho"` is missing.',
    ),
    (
        partial(_pixels, inverse=_of_guessed_width),
        "the width is guessed, and always even: hand `s=size` to irfft2, so that an odd one is possible.",
    ),
    (
        partial(_pixels, inverse=_of_guessed_width, norm="backward"),
        'the width is guessed, and always even: hand `s=size` to irfft2, and `norm="ortho"`.',
    ),
    (
        lambda s, size: _pixels(s, size, radius=_in_cycles(size), floor=lambda height, width: 1.0),
        "frequencies are counted in cycles per picture; in a picture that isn't square that makes rows and columns "
        "unlike. Take cycles per px, as `torch.fft.fftfreq` gives them.",
    ),
    (partial(_pixels, floor=lambda height, width: 1 / min(height, width)), "the floor is 1 / min(H, W); take the max."),
    (partial(_pixels, floor=lambda height, width: 1 / height), "the floor is 1 / H; take 1 / max(H, W)."),
    (partial(_pixels, floor=lambda height, width: 1 / width), "the floor is 1 / W; take 1 / max(H, W)."),
    (partial(_pixels, floor=lambda height, width: 1 / (height * width)), "the floor is 1 / (H*W); take 1 / max(H, W)."),
    (
        partial(_pixels, floor=_no_floor, gain=_zero_first),
        "coefficient [0, 0] is lost, and with it the brightness: divide it by the floor, 1 / max(H, W).",
    ),
    (
        partial(_pixels, floor=_no_floor, gain=lambda f: torch.where(f == 0, 1.0, 1 / f)),
        "coefficient [0, 0] is divided by 1; divide it by the floor, 1 / max(H, W).",
    ),
    *(
        (
            partial(_pixels, floor=lambda height, width, small=small: small),
            f"the floor is {small:g}, and coefficient [0, 0] outweighs all else; take 1 / max(H, W).",
        )
        for small in (1e-3, 1e-4, 1e-5, 1e-6, 1e-8, 1e-12)
    ),
    *(
        (
            partial(_pixels, floor=_no_floor, gain=lambda f, small=small: 1 / (f + small)),
            f"{small:g} is added to every frequency; put a floor of 1 / max(H, W) under them, `.clamp(min=...)`.",
        )
        for small in (1.0, 0.1, 0.01, 0.001)
    ),
    (
        lambda s, size: _pixels(s, size, floor=_no_floor, gain=lambda f: 1 / (f + 1 / max(size))),
        "the floor is added to every frequency; put it in the place of lower ones only, `.clamp(min=...)`.",
    ),
    (partial(_pixels, radius=_larger), "this is the larger of |fy| and |fx|; take the length, `torch.hypot(fy, fx)`."),
    (partial(_pixels, radius=_sum), "this is |fy| + |fx|; take the length, `torch.hypot(fy, fx)`."),
    (partial(_pixels, radius=_vertical), "only vertical frequencies count; take `torch.hypot(fy, fx)`."),
    (partial(_pixels, radius=_horizontal), "only horizontal frequencies count; take `torch.hypot(fy, fx)`."),
    (
        partial(_pixels, radius=lambda fy, fx: torch.hypot(fy, fx).roll(fy.shape[0] // 2, dims=0)),
        "`fftshift` moved the frequencies, and irfft2 expects none of it: coefficient [0, 0] comes first.",
    ),
    (
        lambda s, size: _pixels(s.abs() + 0j, size),
        "the phase is lost, which says where things are; divide the complex coefficients themselves.",
    ),
    (
        lambda s, size: _pixels(s.real + 0j, size),
        "the imaginary part is lost; divide the complex coefficients themselves.",
    ),
    (
        lambda s, size: torch.sigmoid(_pixels(s, size)),
        "a sigmoid is put over it; give the pixels as they come out of irfft2.",
    ),
    (lambda s, size: _pixels(s, size).clamp(0, 1), "pixels are cut off at 0 and 1; give them as they come out."),
]
