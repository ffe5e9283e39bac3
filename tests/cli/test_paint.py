"""The command ``paint``: one photo or a folder of them, broken ones among good ones, and no photo ever overwritten."""

import shutil
import subprocess
import sys
from pathlib import Path

import PIL.Image
import pytest
import torch

from nst_helpers.assets import find
from nst_helpers.cli.main import main
from nst_helpers.images import load_image, picture_size, save_image
from nst_helpers.networks import AdaINNet, TransformNet, load_network, save_network
from tests.cli.process import environment, run, status_of, the_error

STYLES = ("starry_night", "whalers")
OLDER = b"an older file"


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """The current folder: networks for two styles, for one and for any, and photos of which one is broken."""
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    network = TransformNet(2, "conditional_instance", STYLES)
    for name, parameter in network.named_parameters():
        if name.endswith("beta"):
            torch.nn.init.normal_(parameter)  # at first all styles are alike
    save_network(network, "two.safetensors")
    save_network(TransformNet(2, "instance", STYLES[:1]), "one.safetensors")
    save_network(any_style(), "any.safetensors")
    Path("photos/trip").mkdir(parents=True)
    save_image(load_image("chelsea", 48), "photos/cat.PNG")
    PIL.Image.new("RGB", (20, 31), "teal").save("photos/trip/sea.gif")
    Path("photos/broken.jpg").write_bytes(find("coffee").path.read_bytes()[:3000])
    return tmp_path


def any_style() -> AdaINNet:
    """Untrained, and yet no two styles alike."""
    network = AdaINNet({"weights": "random", "normalized": False})
    for conv in network.decoder:
        torch.nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
    torch.nn.init.constant_(network.decoder[-1].bias, 0.5)
    return network


def paint(*arguments: str) -> int:
    return main(["paint", *arguments])


def files(folder: str) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file()}


def test_a_photo_is_painted_at_its_own_size(place, capsys):
    assert paint("photos/cat.PNG", "-o", "out.png", "--network", "one.safetensors", "--precision", "float32") == 0
    network = load_network("one.safetensors", device="cpu", precision="float32")
    wanted = network(load_image("photos/cat.PNG"))
    torch.testing.assert_close(load_image("out.png"), wanted, rtol=0, atol=0.003)
    assert capsys.readouterr().out.startswith("out.png: 1 of 1 pictures painted in ")


def test_a_bundled_photo_at_another_size_in_a_mix_of_styles(place):
    arguments = ["chelsea", "--network", "two.safetensors", "--size", "40", "--precision", "float32", "--mix"]
    for name, mix in (("both", "starry_night=3,whalers=1"), ("first", "starry_night"), ("second", "whalers=0.2")):
        assert paint(*arguments, mix, "-o", f"{name}.png") == 0
    network = load_network("two.safetensors", device="cpu", precision="float32")
    wanted = network(load_image("chelsea", 40), {"starry_night": 0.75, "whalers": 0.25})
    torch.testing.assert_close(load_image("both.png"), wanted, rtol=0, atol=0.003)
    torch.testing.assert_close(
        load_image("second.png"), network(load_image("chelsea", 40), "whalers"), rtol=0, atol=0.003
    )
    assert not load_image("first.png").equal(load_image("second.png"))


ANY = ("--network", "any.safetensors", "--precision", "float32")


def test_a_painting_named_on_the_command_line_is_the_style(place):
    save_image(load_image("whalers", 40), "sea piece.png")
    line = ["photos/cat.PNG", *ANY, "--alpha", "0.7", "--method", "wct", "--preserve-color", "luminance"]
    assert paint(*line, "-o", "out.png", "--style", "sea piece.png") == 0
    network = load_network("any.safetensors", device="cpu", precision="float32")
    photo, options = load_image("photos/cat.PNG"), {"alpha": 0.7, "method": "wct", "preserve_color": "luminance"}
    wanted = network(photo, "sea piece.png", **options)
    torch.testing.assert_close(load_image("out.png"), wanted, rtol=0, atol=0.003)
    assert (wanted - network(photo, "sea piece.png")).abs().max() > 0.02
    assert paint("photos/cat.PNG", *ANY, "-o", "two.png", "--style", "sea piece.png", "coffee",
                 "--style-weights", "1", "3") == 0  # fmt: skip
    wanted = network(photo, ["sea piece.png", "coffee"], style_weights=[0.25, 0.75])
    torch.testing.assert_close(load_image("two.png"), wanted, rtol=0, atol=0.003)


def test_a_style_is_encoded_once_for_a_folder(place, monkeypatch):
    encoded, encode = [], AdaINNet.encode
    monkeypatch.setattr(AdaINNet, "encode", lambda self, style: encoded.append(style) or encode(self, style))
    Path("photos/broken.jpg").unlink()
    assert paint("photos", *ANY, "-o", "out", "--style", "whalers", "starry_night") == 0
    assert files("out") == {"cat.PNG", "trip/sea.jpg"}
    assert encoded == ["whalers", "starry_night"]


def test_a_folder_is_painted_but_for_what_is_broken(place, capsys):
    assert paint("photos", "-o", "painted", "--network", "one.safetensors") == 1
    assert files("painted") == {"cat.PNG", "trip/sea.jpg"}
    assert picture_size("painted/trip/sea.jpg") == (31, 20)
    told = capsys.readouterr()
    assert told.out.startswith("painted: 2 of 3 pictures painted in ")
    assert "3/3" in told.err
    assert "error: photos/broken.jpg is damaged or incomplete" in told.err
    assert "Traceback" not in told.err


def test_results_within_the_folder_are_not_painted_again(place):
    Path("photos/broken.jpg").unlink()
    for _ in range(2):
        assert paint("photos", "-o", "photos/painted", "--network", "one.safetensors") == 0
        assert files("photos/painted") == {"cat.PNG", "trip/sea.jpg"}


def test_several_photos_go_into_a_folder_under_their_names(place):
    assert (
        paint("photos/cat.PNG", "photos/trip", "coffee", "-o", "all", "--network", "one.safetensors", "--size", "24")
        == 0
    )
    assert files("all") == {"cat.PNG", "sea.jpg", "coffee.jpg"}
    assert paint("photos/trip/sea.gif", "-o", "all", "--network", "one.safetensors") == 0  # the folder is there
    assert files("all") == {"cat.PNG", "sea.jpg", "coffee.jpg"}


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        ("photos -o photos", 1, "is one of the pictures given: choose another name"),
        ("photos/cat.PNG -o photos/trip/../cat.PNG", 1, "is one of the pictures given: choose another name"),
        ("photos/cat.PNG -o hard.png", 1, "hard.png is one of the pictures given: choose another name"),
        ("photos/cat.PNG -o out.gif", 1, "out.gif has no suffix of a format that can be written"),
        (
            "photos -o no/where",
            1,
            "no/where can't be made (No such file or directory): name a folder in one that exists",
        ),
        ("photos -o one.safetensors", 1, "one.safetensors can't be made (File exists)"),
        ("photos/cat.PNG other/cat.PNG -o all", 1, "photos/cat.PNG and other/cat.PNG would both become all/cat.PNG"),
        ("photos/dog.PNG -o out.png", 1, "there is no file"),
        ("empty -o out", 1, "empty has no picture in it"),
        (
            "photos/cat.PNG -o out.png --network two.safetensors",
            1,
            "no mix was given: name one of starry_night, whalers",
        ),
        (
            "photos -o out --network two.safetensors --mix stary_night",
            1,
            "style 'stary_night' is unknown: did you mean",
        ),
        ("photos -o out --network two.safetensors --mix whalers=-1", 1, "give finite ones, 0 or more, not all 0"),
        ("photos -o out --network two.safetensors --mix whalers=0", 1, "give finite ones, 0 or more, not all 0"),
        ("photos -o out --mix whalers", 1, "this network has one style"),
        (
            "photos -o out --mix a,b",
            2,
            "'a,b' is no mix of styles: write starry_night, or starry_night=0.7,whalers=0.3",
        ),
        ("photos -o out --size 0", 2, "'0' is no whole number of at least 1"),
        ("photos -o out --device gpu", 1, "device 'gpu' is unknown"),
        ("photos -o out --precision half", 2, "invalid choice: 'half'"),
        ("photos -o out --network any.safetensors", 1, "no style was given: name one painting or several by --style"),
        ("photos -o out --network any.safetensors --mix whalers", 1, "this one takes any: name some by --style"),
        ("photos -o out --network any.safetensors --style walers", 1, "did you mean 'whalers'?"),
        ("photos -o out --network any.safetensors --style whalers --alpha 2", 1, "alpha is 2.0: give a finite number"),
        ("photos -o out --network any.safetensors --style photos/broken.jpg", 1, "broken.jpg is damaged or incomplete"),
        (
            "photos -o out --network any.safetensors --style whalers --style-weights 1 2",
            1,
            "2 style_weights were given for 1 styles",
        ),
        ("photos -o out --style whalers", 1, "--style, --alpha and the like are for networks that take any style"),
        ("photos -o out --alpha 0.5", 1, "--style, --alpha and the like are for networks that take any style"),
        ("photos -o out --network photos/broken.jpg", 1, "broken.jpg is damaged or no network of this package"),
    ],
)
def test_a_mistake_is_one_sentence_and_writes_nothing(place, arguments, status, sentence, capsys):
    for folder in ("empty", "other"):
        Path(folder).mkdir()
    shutil.copy("photos/cat.PNG", "other")
    Path("hard.png").hardlink_to("photos/cat.PNG")
    before = {name: Path(name).read_bytes() for name in files(".")}
    default = [] if "--network" in arguments else ["--network", "one.safetensors"]
    assert status_of(paint, *arguments.split(), *default) == status
    assert sentence in the_error(capsys)
    assert {name: Path(name).read_bytes() for name in files(".")} == before
    assert not Path("out").exists()


def test_a_photo_that_does_not_fit_into_memory_is_one_sentence(place, monkeypatch, capsys):
    forward = TransformNet.forward

    def greedy(self, image, mix=None):
        if image.shape[-1] == 20:
            torch.empty(2**60)
        return forward(self, image, mix)

    monkeypatch.setattr(TransformNet, "forward", greedy)
    Path("photos/broken.jpg").unlink()
    assert paint("photos", "-o", "out", "--network", "one.safetensors") == 1
    assert files("out") == {"cat.PNG"}
    assert "error: photos/trip/sea.gif: memory ran out: take a smaller --size." in capsys.readouterr().err


FORWARD = "from nst_helpers.networks import TransformNet\nbefore(TransformNet, 'forward', press, call=3)"
SAVING = "before(os, 'fsync', {}, call=2)"


@pytest.mark.parametrize(
    ("scenario", "told", "second"),
    [
        (FORWARD, "stopped: 1 of 2 pictures painted", False),
        (SAVING.format("press"), "stopped: 2 of 2 pictures painted", True),
        (SAVING.format("lambda: (press(), press())"), "ended at once", False),
    ],
    ids=["while the second is painted", "while it is saved", "twice"],
)
def test_ctrl_c_leaves_whole_pictures_and_says_how_many(place, scenario, told, second):
    Path("photos/broken.jpg").unlink()
    Path("out/trip").mkdir(parents=True)
    Path("out/trip/sea.jpg").write_bytes(OLDER)
    done = run(place, "paint", "photos", "-o", "out", "--network", "one.safetensors", scenario=scenario)
    assert done.returncode == 130, done.stderr
    assert "Traceback" not in done.stderr
    assert (done.stdout or done.stderr.splitlines()[-1]).startswith(told)
    assert files("out") == {"cat.PNG", "trip/sea.jpg"}
    assert load_image("out/cat.PNG").shape == load_image("photos/cat.PNG").shape
    assert (Path("out/trip/sea.jpg").read_bytes() != OLDER) == second


def test_painting_needs_nothing_that_only_training_needs(place):
    code = (
        "import sys; sys.modules.update(accelerate=None, pooch=None)\n"
        "from nst_helpers.cli import main\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    arguments = ["paint", "photos/cat.PNG", "-o", "out.png", "--network", "one.safetensors"]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert Path("out.png").exists()


def test_without_any_style_torchvision_stays_unimported(place):
    """It takes seconds, and a network that knows its styles has no use for it."""
    code = (
        "import sys\nfrom nst_helpers.cli import main\nmain(sys.argv[1:])\n"
        "sys.exit(5 * any(name.startswith('torchvision') for name in sys.modules))"
    )
    line = ["paint", "photos/cat.PNG", "-o", "out.png", "--network"]
    for given, status in ((["one.safetensors"], 0), (["any.safetensors", "--style", "whalers"], 5)):
        done = subprocess.run([sys.executable, "-c", code, *line, *given], env=environment(), check=False)
        assert done.returncode == status
