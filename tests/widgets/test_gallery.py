"""`Gallery` without a browser: one studio at a time, and a failing one closes no other."""

import pytest

from nst_helpers import widgets
from nst_helpers.widgets import Gallery, StyleStudio
from nst_helpers.widgets.gallery import ROOMS, Room
from tests.widgets.conftest import FAST


def broken() -> StyleStudio:
    raise ImportError("PyAV is not installed: pip install av")


SMALL = {
    "one": Room("Choose and run.", lambda: StyleStudio(**FAST)),
    "two": Room("Run and choose.", lambda: StyleStudio("coffee", **FAST)),
    "broken": Room("Never seen.", broken),
}


@pytest.fixture
def gallery():
    made = Gallery("one", rooms=SMALL)
    yield made
    made.close()


def test_each_studio_has_a_room_with_a_sentence():
    assert {room.make.func.__name__ for room in ROOMS.values()} == {*widgets.__all__} - {"Gallery"}
    assert not [name for name, room in ROOMS.items() if not room.says.endswith(".")]


def test_the_first_is_open_and_says_what_to_do(gallery):
    assert gallery.studio in gallery.children[-1].children
    assert gallery.state.text == "Choose and run."
    assert gallery.studio.run(wait=True).image.shape[1] == 3
    assert repr(gallery) == "Gallery('one')"


def test_a_visitor_saves_nothing_where_it_computes(gallery):
    assert gallery.studio.saver.layout.display == "none"


def test_another_choice_closes_the_studio_before(gallery):
    before = gallery.studio
    before.run()
    gallery.menu.value = "two"
    assert not before.job.active
    assert before.comm is None
    assert gallery.children[-1].children == (gallery.studio,)
    assert gallery.studio.pickers["content"].label == "coffee"
    assert gallery.state.text == "Run and choose."


def test_a_studio_that_cant_be_opened_says_why_and_the_others_open(gallery):
    gallery.menu.value = "broken"
    assert gallery.state.text == "“broken” can't be opened: PyAV is not installed: pip install av."
    assert gallery.studio is None
    assert not gallery.children[-1].children
    gallery.menu.value = "one"
    assert gallery.state.text == "Choose and run."
    assert gallery.studio is not None


def test_an_unknown_room_is_named():
    with pytest.raises(ValueError, match=r"first 'three' is unknown: choose from one, two, broken\."):
        Gallery("three", rooms=SMALL)
