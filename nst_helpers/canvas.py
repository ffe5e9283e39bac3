"""What feature visualisation paints on, and the random changes that a good picture has to survive."""

import math

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

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
            vertical, horizontal = torch.fft.fftfreq(size).view(-1, 1), torch.fft.rfftfreq(size).view(1, -1)
            self._gain = (_CONTRAST / torch.hypot(vertical, horizontal).clamp(min=1 / size)).to(device)
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


def transform(
    image: Float[Tensor, "batch 3 height width"],
    generator: torch.Generator,
    *,
    pad: int = 0,
    jitter: int = 0,
    zoom: float = 0.0,
    rotate: float = 0.0,
) -> Float[Tensor, "batch 3 padded_height padded_width"]:
    """Change a picture at random (Olah et al. 2017, "Transformation robustness"); with all at 0 it stays as it is.

    One draw holds for the whole batch; the result is differentiable in the picture.

    Args:
        generator: of the CPU; decides how.
        pad: px of grey put around the picture, so that the padding's zeros border on grey.
        jitter: up to so many px of shift either way.
        zoom: up to this share larger or smaller.
        rotate: up to so many degrees either way.
    """
    if pad:
        image = F.pad(image, [pad, pad, pad, pad], value=0.5)
    if not (jitter or zoom or rotate):
        return image
    angle, factor, down, right = (2 * torch.rand(4, generator=generator) - 1).tolist()
    down, right = jitter * down, jitter * right
    if not (zoom or rotate):  # whole pixels need no interpolation
        return torch.roll(image, (round(down), round(right)), dims=(2, 3))
    height, width = image.shape[-2:]
    cosine, sine = (part(math.radians(rotate * angle)) / (1 + zoom * factor) for part in (math.cos, math.sin))
    matrix = [
        [cosine, -sine * height / width, -2 * right / width],
        [sine * width / height, cosine, -2 * down / height],
    ]
    grid = F.affine_grid(torch.tensor([matrix]), [1, 3, height, width], align_corners=False).to(image)
    return F.grid_sample(image, grid.expand(len(image), -1, -1, -1), padding_mode="reflection", align_corners=False)
