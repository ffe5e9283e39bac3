"""On a page that can't show a studio's controls, its pictures and a sentence stand in their place."""

import base64
import io
import re

import pytest
import torch
from IPython.core.formatters import DisplayFormatter
from PIL import Image

from nst_helpers import widgets
from nst_helpers.images import load_image
from nst_helpers.video import make_scene
from nst_helpers.widgets import channel_explorer
from nst_helpers.widgets.controls.pictures import PictureView
from nst_helpers.widgets.run.still import SENTENCE, still
from tests.widgets.conftest import FAST
from tests.widgets.networks import Watched, WatchedAdaIN, single

VIEW = "application/vnd.jupyter.widget-view+json"
TEXTURE = {name: value for name, value in FAST.items() if name != "content_layers"}
EXPLORER = {name: value for name, value in FAST.items() if not name.endswith("layers") and name != "normalized"}

# How each studio is made, and how many pictures it begins with.
STUDIOS = {
    "ChannelExplorer": (lambda make: make("macaw", layer="relu1_2", **EXPLORER), 2),
    "FilmStudio": (
        lambda make: make({"one": single()}, make_scene(load_image("coffee", 128), "disc", frames=3, size=(32, 48))),
        4,
    ),
    "LightStudio": (lambda make: make({"one": single(), "two": single()}, size=48), 3),
    "MixStudio": (lambda make: make(Watched().eval(), size=48), 1),
    "PadStudio": (lambda make: make(WatchedAdaIN().eval(), size=48), 1),
    "StyleStudio": (lambda make: make(**FAST), 1),
    "TextureStudio": (lambda make: make(**TEXTURE), 3),
}


@pytest.fixture
def studio(request, monkeypatch):
    monkeypatch.setattr(channel_explorer, "_LOOKED_AT", 64)
    torch.manual_seed(0)
    made = STUDIOS[request.param][0](getattr(widgets, request.param))
    yield made
    made.close()


def pictures(page: str) -> list[Image.Image]:
    return [Image.open(io.BytesIO(base64.b64decode(data))) for data in re.findall(r"base64,([^\"]+)", page)]


@pytest.mark.parametrize("studio", sorted({*widgets.__all__} - {"Gallery"}), indirect=True)
def test_a_studio_without_a_front_end_is_its_pictures_and_a_sentence(studio):
    shown, _ = DisplayFormatter().format(studio)
    assert shown[VIEW]["model_id"] == studio.model_id
    assert shown["text/plain"] == f"{studio!r}. {SENTENCE}"
    page = shown["text/html"]
    assert page.count(SENTENCE) == 1
    assert len(pictures(page)) == STUDIOS[type(studio).__name__][1]
    for picture, alt in zip(pictures(page), re.findall(r'alt="([^"]*)"', page), strict=True):
        assert len(picture.convert("L").getcolors()) > 2  # it isn't empty
        assert f"<figcaption>{alt}</figcaption>" in page
        assert alt


@pytest.mark.parametrize("studio", ["StyleStudio"], indirect=True)
def test_after_a_run_it_is_the_runs_picture(studio):
    before = studio._repr_mimebundle_()["text/html"]
    studio.run(wait=True)
    after = studio._repr_mimebundle_()["text/html"]
    assert "the best of 4 steps" in after
    assert pictures(after)[0].tobytes() != pictures(before)[0].tobytes()


def test_a_still_is_small_and_its_words_are_harmless():
    view, empty = PictureView(600, 600), PictureView(600, 600)
    view.show(torch.rand(1, 3, 900, 700), '<b>"x"')
    page = still('Studio("<i>")', [view, empty])
    (picture,) = pictures(page)
    assert max(picture.size) == 480
    assert "<b>" not in page
    assert "<i>" not in page
    assert 'alt="&lt;b&gt;&quot;x&quot;"' in page
