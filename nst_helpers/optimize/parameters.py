"""What an optimiser turns: the pixels themselves, or a change of variables that speeds it up."""

import torch
from jaxtyping import Float
from torch import Tensor


def frequency_gain(
    height: int, width: int, exponent: float, device: torch.device | str = "cpu"
) -> Float[Tensor, "height half_width"]:
    """``f ** -exponent`` for each coefficient of a real picture: f in cycles per px, at least one cycle per picture."""
    vertical = torch.fft.fftfreq(height, device=device).view(-1, 1)
    horizontal = torch.fft.rfftfreq(width, device=device).view(1, -1)
    return torch.hypot(vertical, horizontal).clamp(min=1 / max(height, width)) ** -exponent


class Pixels:
    """The picture's pixels as they are."""

    def __init__(self, start: Float[Tensor, "batch 3 height width"]):
        self.parameters = start.detach().clone(memory_format=torch.contiguous_format).requires_grad_()

    def image(self) -> Float[Tensor, "batch 3 height width"]:
        """The picture, differentiable in the parameters."""
        return self.parameters

    @torch.no_grad()
    def set(self, image: Float[Tensor, "batch 3 height width"]) -> None:
        """Make ``image`` the picture."""
        self.parameters.copy_(image)


class Fourier(Pixels):
    """The picture's difference from its start in Fourier coefficients, each turned as far as the loss is flat there.

    A unit step changes a frequency by its `frequency_gain`, scaled to a mean of 1, and what differs between the colour
    channels ``saturation`` times as far as what they share. Linear and invertible, so the minima stay where they were:
    a preconditioner. Style losses are far flatter along smooth changes than along sharp ones; L-BFGS needs about a
    third fewer evaluations.
    """

    def __init__(self, start: Float[Tensor, "batch 3 height width"], *, exponent: float = 0.5, saturation: float = 0.6):
        *_, height, width = self._shape = start.shape
        gain = frequency_gain(height, width, exponent, start.device)
        self._gain = gain / gain.mean()
        self._saturation = saturation
        self._start = start.detach().clone()
        spectrum = torch.zeros(*start.shape[:2], *gain.shape, 2, device=start.device)
        self.parameters = spectrum.requires_grad_()

    def image(self) -> Float[Tensor, "batch 3 height width"]:
        """The picture, differentiable in the parameters."""
        spectrum = _saturate(torch.view_as_complex(self.parameters) * self._gain, self._saturation)
        return self._start + torch.fft.irfft2(spectrum, s=self._shape[-2:], norm="ortho")

    @torch.no_grad()
    def set(self, image: Float[Tensor, "batch 3 height width"]) -> None:
        """Make ``image`` the picture."""
        spectrum = _saturate(torch.fft.rfft2(image - self._start, norm="ortho"), 1 / self._saturation) / self._gain
        self.parameters.copy_(torch.view_as_real(spectrum))


def _saturate(image: Tensor, factor: float) -> Tensor:
    """Multiply the differences between the channels."""
    grey = image.mean(dim=1, keepdim=True)
    return grey + factor * (image - grey)


# The symmetric root of the covariance of the colours of the bundled photos, divided by its largest column norm.
PHOTO_COLORS = ((0.684, 0.334, 0.231), (0.334, 0.583, 0.493), (0.231, 0.493, 0.839))

_DEVIATION = 0.01  # of the numbers that a canvas begins with
_CONTRAST = 0.25  # of coefficients, so that they and pixels go with one learning rate


class Canvas:
    """Pictures given by unbounded parameters, which an optimiser can turn freely (Olah et al. 2017, "Preconditioning").

    The parameters go through up to three maps: Fourier coefficients scaled by 1/f, as photos have them, become pixels;
    independent colours become correlated as those of photos are; a sigmoid brings the result into [0, 1].

    Args:
        size: of the square pictures, px.
        batch: how many.
        fourier: whether the parameters are Fourier coefficients; pixels else.
        decorrelate: whether colours are mixed by `PHOTO_COLORS`.
        seed: of the faint noise that it begins with, all but grey.
    """

    def __init__(
        self,
        size: int,
        *,
        batch: int = 1,
        fourier: bool = True,
        decorrelate: bool = True,
        seed: int = 0,
        device: torch.device | str = "cpu",
    ):
        self.size, self.fourier, self.decorrelate = size, fourier, decorrelate
        shape = (batch, 3, size, size // 2 + 1, 2) if fourier else (batch, 3, size, size)
        noise = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
        self.parameters = (_DEVIATION * noise).to(device).requires_grad_()
        if fourier:
            self._gain = _CONTRAST * frequency_gain(size, size, 1.0, device)
        self._colors = torch.tensor(PHOTO_COLORS, device=device)

    def image(self) -> Float[Tensor, "batch 3 size size"]:
        """The pictures, in [0, 1], differentiable in the parameters."""
        x = self.parameters
        if self.fourier:
            spectrum = torch.view_as_complex(x) * self._gain
            x = torch.fft.irfft2(spectrum, s=(self.size, self.size), norm="ortho")
        if self.decorrelate:
            x = torch.einsum("ij,bjhw->bihw", self._colors, x)
        return torch.sigmoid(x)
