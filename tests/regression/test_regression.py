"""The notebooks' regression test tested: what has to pass passes, and what has to fail fails."""

import base64
import io
import json
import os
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from nst_helpers.checks import verdict
from tests.regression import Rules, kernel_environment, regenerate
from tests.regression.compare import WIDGET, WIDGET_TEXT, differences, tidy
from tests.regression.structure import check_notebook

ROOT = Path(__file__).resolve().parents[2]
MEASURES = Rules(measures=True)


# Text


def printed(text):
    return [new_output("stream", name="stdout", text=text)]


def warned(text):
    return [new_output("stream", name="stderr", text=text)]


def shown(mime, value):
    return [new_output("display_data", data={mime: value})]


SAME = [
    ("loss 0.5234", "loss 0.5231"),
    ("loss 1.0x", "loss 1.1x"),  # one unit in the last place: 1.0499 and 1.0501
    ("45% of the time", "46% of the time"),
    ("1,000.4 px", "998.7 px"),
    ("a 0.5\nb", "a   0.501 \n  b\n"),
    ("-1.50e-03", "-1.51e-03"),
    ("\u22121.500", "-1.501"),
    ("err 2e-08", "err 7e-09"),  # both are nothing
    ("[0.  1.  0.25]", "[ 0.   1.   0.251]"),
    ("slope 3", "slope 2.99"),  # what :.3g makes of 3.001
    ("<A at 0x7f31c2a0>", "<A at 0x55d0c2a0>"),
    ("/tmp/ipykernel_12/345.py:3: UserWarning", "/tmp/ipykernel_99/1.py:3: UserWarning"),
    ("saved /tmp/tmpab12/a.png", "saved /tmp/tmpcd34/a.png"),
    ("/home/a/lib/python3.11/site-packages/torch/x.py", "/opt/b/lib/python3.12/site-packages/torch/x.py"),
    ("\x1b[31mred\x1b[0m", "red"),
]
CHANGED = [
    ("loss 0.5234", "loss 0.5334"),
    ("loss 0.5", "loss 0.6"),
    ("300 steps", "301 steps"),
    ("1,234 px", "1,235 px"),
    ("loss 0.52", "gain 0.52"),
    ("relu4_2", "relu4_1"),
    ("conv 4.2e-3", "conv 4.2e-4"),
    ("-0.52", "0.52"),
    ("x=-3", "x=3"),
    ("45%", "49%"),
    ("45%", "45"),
    ("loss nan", "loss 0.52"),
    ("loss 0.52", "loss inf"),
    ("1e-05", "2e-05"),
    ("[10. 1.]", "[11. 1.]"),
    ("it took 300.", "it took 301."),
    ("torch 2.13.0", "torch 2.14.0"),
    ("a\nb", "a b"),
    ("a\nb", "a"),
    ("a", "a\nb"),
    ("colour 0xff0000", "colour 0x00ff00"),
]


@pytest.mark.parametrize(("old", "new"), SAME)
def test_the_same_text(old, new):
    assert differences(printed(old), printed(new), Rules()) == []
    assert differences(shown("text/markdown", new), shown("text/markdown", old), Rules()) == []


@pytest.mark.parametrize(("old", "new"), CHANGED)
def test_a_changed_text(old, new):
    (found,) = differences(printed(old), printed(new), Rules())
    assert found.where == "output 1, printed text"
    assert (found.old, found.new) == (old, new)
    assert differences(shown("text/html", f"<b>{new}</b>"), shown("text/html", f"<b>{old}</b>"), Rules())


def test_the_sentence_quotes_the_line():
    (found,) = differences(printed("a\nloss 0.52\nb"), printed("a\nloss 0.61\nb"), Rules())
    assert found.sentence == '"loss 0.52" is now "loss 0.61"'


def test_kernels_start_without_progress_bars_and_with_figures(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.setenv("KEPT", "yes")
    environment = kernel_environment()
    assert (environment["TQDM_DISABLE"], environment["KEPT"]) == ("1", "yes")
    assert "MPLBACKEND" not in environment


def test_tags_set_the_rules():
    assert Rules.from_tags(["nbval-rtol=0.3", "nbval-png=8"]) == Rules(rtol=0.3, picture_mean=8.0)
    assert Rules.from_tags(["measures", "nbval-skip", "parameters"]) == MEASURES
    assert differences(printed("loss 0.52"), printed("loss 0.61"), Rules(rtol=0.3)) == []
    assert differences(printed("3 steps"), printed("4 steps"), Rules(rtol=0.5))
    assert differences(printed("r 0.08"), printed("r 0.14"), Rules.from_tags(["nbval-atol=0.1"])) == []
    assert differences(printed("r 0.08"), printed("r 0.28"), Rules.from_tags(["nbval-atol=0.1"]))
    for tag in ("nbval-rtoll=1", "nbval-png=much"):
        with pytest.raises(ValueError, match="means nothing"):
            Rules.from_tags([tag])


@pytest.mark.parametrize(("old", "new"), [("a 3", "b 3"), ("3 s", "3 s and 4 s"), ("3 s", "nan s")])
def test_measures_compares_words(old, new):
    assert differences(printed("3 steps in   4.1 s, 17%"), printed("5 steps in 12.7 s, 3%"), MEASURES) == []
    assert differences(printed(old), printed(new), MEASURES)


@pytest.mark.parametrize("rules", [Rules(rtol=10.0, atol=10.0), MEASURES], ids=["wide tolerance", "measures"])
def test_a_verdict_keeps_its_word_while_its_figures_may_differ(rules, capsys):
    said = []
    for figure in (1.0, 0.5, 1.9, 4.0):  # holds, holds, doesn't decide, doesn't hold here
        verdict("This is below that", {"this": figure}, {"that": 2.0}, spread=0.1)
        said.append(printed(capsys.readouterr().out))
    assert differences(said[0], said[1], rules) == []
    assert differences(said[0], said[2], rules)
    assert differences(said[0], said[3], rules)
    assert differences(said[2], said[3], rules)


# stderr, widgets, kinds of output


def test_progress_bars_are_left_out():
    bar = "\r  0%|          | 0/3 [00:00<?, ?it/s]\r100%|#####| 3/3 [00:00<00:00, 9it/s]\n"
    assert differences([], warned(bar), Rules()) == []
    assert tidy(warned(bar + "careful\n"))[0].text == "careful\n"


def test_only_new_warnings_fail():
    old = warned("/tmp/ipykernel_1/2.py:1: UserWarning: slow\n")
    new = warned("/tmp/ipykernel_3/4.py:1: UserWarning: slow\n")
    assert differences(old, new, Rules()) == []
    assert differences(old, [], Rules()) == []
    (found,) = differences(old, new + warned("it overflowed\n"), Rules())
    assert found.sentence == 'new: "it overflowed"'


def view(model):
    data = {"text/plain": f"VBox(children=({model},))", WIDGET: {"model_id": model, "version_major": 2}}
    return [new_output("display_data", data=data)]


def test_a_widget_only_has_to_be_there():
    assert tidy(view("a"))[0].data == {"text/plain": WIDGET_TEXT}
    assert differences(view("a"), view("b"), Rules()) == []
    assert differences(tidy(view("a")), view("b"), Rules()) == []
    assert differences(view("a"), [], Rules())
    assert differences(view("a"), printed("no widget here"), Rules())


def test_a_widgets_still_is_stored_and_not_compared():
    (output,) = view("a")
    output.data["text/html"] = "<p>0x7f0000000000</p>"
    stored = tidy([output])
    assert stored[0].data == {"text/plain": WIDGET_TEXT, "text/html": "<p>0x0</p>"}
    assert tidy(stored) == stored
    assert differences(tidy(view("a")), [output], Rules()) == []
    assert differences(stored, printed("no widget here"), Rules())


def test_only_the_last_of_overwritten_lines_is_kept():
    assert tidy(printed("step 1\rstep 2\nend\n"))[0].text == "step 2\nend\n"


def test_printed_text_is_joined_and_stderr_comes_last():
    pieces = [*printed("a"), *warned("w\n"), *printed("b\n"), *shown("text/plain", "c"), *printed("d")]
    assert [output.get("text", "c") for output in tidy(pieces)] == ["ab\n", "c", "d", "w\n"]
    assert tidy(tidy(pieces)) == tidy(pieces)


def test_one_missing_output_does_not_shift_the_others():
    three = [*printed("a"), *shown("text/markdown", "b"), *shown("text/html", "c")]
    assert [found.sentence for found in differences(three, three[1:], Rules())] == ["is missing"]
    assert [found.sentence for found in differences(three[1:], three, Rules())] == ["is new"]


def test_an_error_that_is_the_lesson_is_compared():
    error = [new_output("error", ename="ValueError", evalue="3 px", traceback=["line 1"])]
    other = [new_output("error", ename="ValueError", evalue="4 px", traceback=["line 1"])]
    assert differences(error, deepcopy(error), Rules()) == []
    assert differences(error, other, Rules())
    assert differences(error, [], Rules())


# Pictures


def scene(width=96, height=64):
    """A picture with colours, edges and grain."""
    y, x = np.mgrid[:height, :width]
    grain = np.random.default_rng(0).normal(0, 6, (height, width, 3))
    pixels = np.stack([200 - y, 90 + x, 60 + 50 * ((x // 12 + y // 12) % 2)], axis=-1) + grain
    return pixels.clip(0, 255).astype(np.uint8)


def encoded(pixels, kind="PNG", **options):
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, kind, **options)
    return base64.b64encode(file.getvalue()).decode()


def png(pixels):
    return shown("image/png", encoded(pixels))


def third_replaced(pixels):
    return np.concatenate([255 - pixels[:, :32], pixels[:, 32:]], axis=1)


def patch_in_a_large_figure(pixels):
    figure = np.full((400, 900, 3), 255, np.uint8)
    figure[10:74, 10:106] = pixels
    return figure


FAULTS = {
    "red and blue swapped": lambda p: p[..., ::-1],
    "green and blue swapped": lambda p: p[..., [0, 2, 1]],
    "a third replaced": third_replaced,
    "upside down": lambda p: p[::-1],
    "brighter": lambda p: np.minimum(p.astype(int) + 8, 255).astype(np.uint8),
    "a red cast": lambda p: np.minimum(p + np.array([5, 0, 0]), 255).astype(np.uint8),
    "another size": lambda p: p[:-1],
}


def test_pictures_that_look_the_same():
    pixels = scene()
    noise = np.random.default_rng(1).normal(0, 4, pixels.shape)
    assert differences(png(pixels), png(pixels), Rules()) == []
    assert differences(png(pixels), png((pixels + noise).clip(0, 255).astype(np.uint8)), Rules()) == []
    both = new_output("display_data", data={"image/png": encoded(pixels), "image/jpeg": "ignored"})
    assert differences(png(pixels), [both], Rules()) == []
    opaque = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
    assert differences(png(pixels), png(opaque), Rules()) == []


@pytest.mark.parametrize("name", FAULTS)
def test_a_changed_picture(name):
    changed = FAULTS[name](scene())
    (found,) = differences(png(scene()), png(changed), Rules())
    assert found.is_picture


@pytest.mark.parametrize(("mime", "text"), [("text/html", '<img src="{}">'), ("text/markdown", "![]({})")])
def test_a_picture_inside_a_text_is_compared_as_a_picture(mime, text):
    noisy, swapped = scene() // 2 * 2, scene()[..., ::-1]
    old, same, other = (
        shown(mime, text.format(f"data:image/png;base64,{encoded(p)}")) for p in (scene(), noisy, swapped)
    )
    assert differences(old, same, Rules()) == []
    (found,) = differences(old, other, Rules())
    assert found.is_picture


def test_a_picture_inside_a_text_is_stored_as_it_is():
    looks_like_a_path = shown("text/html", '<img src="data:image/gif;base64,R0+/tmp/AAAA"> in /tmp/AAAA')
    expected = '<img src="data:image/gif;base64,R0+/tmp/AAAA"> in [temporary]'
    assert tidy(looks_like_a_path)[0].data["text/html"] == expected


def test_a_small_fault_in_a_large_figure_is_caught_by_the_worst_tile():
    old, new = (patch_in_a_large_figure(p) for p in (scene(), scene()[..., ::-1]))
    assert np.abs(old.astype(int) - new).mean(axis=(0, 1)).max() < Rules().picture_mean
    (found,) = differences(png(old), png(new), Rules())
    assert "in the worst tile" in found.sentence


def test_a_missing_and_an_additional_picture():
    assert [found.sentence for found in differences(png(scene()), [], MEASURES)] == ["is missing"]
    assert [found.sentence for found in differences([], png(scene()), MEASURES)] == ["is new"]


def test_measures_compares_the_size_of_a_picture():
    assert differences(png(scene()), png(third_replaced(scene())), MEASURES) == []
    assert differences(png(scene()), png(scene(width=95)), MEASURES)


def test_the_picture_tag_widens_both_limits():
    brighter = FAULTS["brighter"](scene())
    assert differences(png(scene()), png(brighter), Rules(picture_mean=9)) == []
    assert differences(png(scene()), png(third_replaced(scene())), Rules(picture_mean=9))


def test_the_blur_tag_compares_what_large_areas_look_like():
    grain, other = (np.random.default_rng(seed).integers(0, 255, (200, 300, 3)) for seed in (1, 2))
    blurred = Rules.from_tags(["nbval-blur=48", "nbval-png=4"])
    one, moved, brighter = (png(picture.astype(np.uint8)) for picture in (grain, other, np.minimum(grain + 30, 255)))
    assert differences(one, moved, Rules())
    assert differences(one, moved, blurred) == []
    assert differences(one, brighter, blurred)


def test_every_frame_of_an_animation_counts():
    still = Image.fromarray(scene())

    def gif(*frames):
        return shown("image/gif", encoded(scene(), "GIF", save_all=True, append_images=list(frames)))

    turned = still.rotate(180)
    assert differences(gif(turned), gif(turned), Rules()) == []
    assert differences(gif(turned), gif(still.transpose(Image.Transpose.FLIP_TOP_BOTTOM)), Rules())
    assert differences(gif(turned), gif(turned, still), Rules())


# The rules of the house


def tagged(source, *tags):
    return new_code_cell(source, metadata={"tags": list(tags)} if tags else {})


def notebook(*cells):
    kernelspec = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    nb = new_notebook(cells=deepcopy(list(cells)), metadata={"kernelspec": kernelspec})
    for number, cell in enumerate(nb.cells):
        cell["id"] = f"cell-{number}"
    return nb


def sound():
    code = [tagged("SEED = 1", "parameters"), tagged("print(2)"), tagged("a = 3")]
    nb = notebook(new_markdown_cell("# Toy"), *code)
    for number, cell in enumerate(nb.cells[1:], start=1):
        cell.execution_count = number
    nb.cells[2].outputs = [
        *printed("2\n"),
        *shown("text/html", "see https://a.org/home/tmp/x"),
        *png(scene()),
    ]
    return nb


def prints(text):
    return lambda nb: nb.cells[2].outputs.extend(printed(text))


def sets(number, **values):
    return lambda nb: nb.cells[number].update(values)


BREACHES = {
    "absolute path: /home/ada": prints("saved to /home/ada/x.png"),
    "absolute path: C:\\U": prints("saved to C:\\Users\\ada"),
    "absolute path: /site-packages/": prints("in lib/site-packages/torch"),
    "absolute path: /tmp/x": sets(2, source="open('/tmp/x')"),
    "date or a time of day: 2024-05-06": prints("on 2024-05-06"),
    "date or a time of day: 12:34:56": prints("at 12:34:56"),
    "the name of this machine": prints("on atelier-7"),
    "ends in a KeyError": sets(2, outputs=[new_output("error", ename="KeyError", evalue="", traceback=[])]),
    "has the number None, it should be 2": sets(2, execution_count=None),
    "has the number 7, it should be 2": sets(2, execution_count=7),
    "has 26 lines": sets(2, source="x = 1\n" * 26),
    "median code cell has 9 lines": lambda nb: [cell.update(source="x = 1\n" * 9) for cell in nb.cells[2:]],
    "MB, 3 are allowed": prints("x" * 3_000_000),
    "an id of its own": sets(2, id="cell-1"),
    "format is 4.4": lambda nb: nb.update(nbformat_minor=4),
    "kernel is 'julia'": lambda nb: nb.metadata.kernelspec.update(name="julia"),
    "metadata.widgets": lambda nb: nb.metadata.update(widgets={}),
    "0 cells are tagged `parameters`": sets(1, metadata={}),
    "2 cells are tagged `parameters`": sets(2, metadata={"tags": ["parameters"]}, source="A = 1"),
    "only assign values to UPPERCASE": sets(1, source="SEED = 1\nsteps = 2"),
    "may only assign": sets(1, source="import os"),
    "'nbval-rtoll=1' means nothing": sets(2, metadata={"tags": ["nbval-rtoll=1"]}),
}


def sentences(nb, folder):
    path = folder / "toy.ipynb"
    path.write_text(json.dumps(nb))
    return check_notebook(path)


def test_a_sound_notebook_breaks_no_rule(tmp_path):
    assert sentences(sound(), tmp_path) == []
    lesson = sound()
    BREACHES["ends in a KeyError"](lesson)
    lesson.cells[2].metadata["tags"] = ["raises-exception"]
    assert sentences(lesson, tmp_path) == []


@pytest.mark.parametrize("sentence", BREACHES)
def test_a_rule_is_broken(sentence, tmp_path, monkeypatch):
    monkeypatch.setattr("socket.gethostname", lambda: "atelier-7")
    nb = sound()
    BREACHES[sentence](nb)
    (found,) = sentences(nb, tmp_path)
    assert sentence in found


# Regeneration and comparison, with kernels

SETUP = """
import os, time, warnings
import ipywidgets as widgets
import numpy as np
from IPython.display import HTML, clear_output, display
from PIL import Image
from tqdm import tqdm
scene = np.arange(64 * 96 * 3).reshape(64, 96, 3) * [1, 2, 3] // 200 % 256
def show(pixels): display(Image.fromarray(np.ascontiguousarray(pixels).astype("uint8")))
"""
OUTPUT_WIDGET = 'out = widgets.Output()\nwith out: print("inside")\nprint("outside")\nout'
MEASURE = "seconds = time.perf_counter()\nassert seconds > 0\nprint(f'{seconds} s')"
PASSES = {
    "the environment": "print(os.environ['TQDM_DISABLE'], open('beside.txt').read())",
    "a clock that is hidden": "seconds = time.perf_counter()",
    "progress": "for _ in tqdm(range(3), disable=False): time.sleep(.01)",
    "widget": "widgets.IntSlider(3)",
    "address": "object()",
    "cleared": "print('gone'); clear_output(); print('kept')",
    "updated": "handle = display(HTML('old'), display_id=True); handle.update(HTML('new'))",
    "output widget": OUTPUT_WIDGET,
    "warning": "warnings.warn('careful')",
    "history": "_",
    "number": "print(f'a loss of {.5234:.4f} after {300} steps')",
    "picture": "show(scene[::-1])",
}
TAGGED = {
    MEASURE: "measures",
    "1 / 0": "raises-exception",
    "print('ignored')": "nbval-ignore-output",
    "print(.75)": "nbval-rtol=0.5",
}
FAILS = {
    "number": "print(f'loss {.5234:.4f}')",
    "integer": "print(300)",
    "word": "print('content')",
    "missing": "show(scene)",
    "extra": "1",
    "swapped": "show(scene)",
    "third": "show(scene)",
    "size": "show(scene)",
}


def toy():
    cells = [new_markdown_cell("# Toy"), tagged("SEED = 1", "parameters"), tagged(SETUP.strip())]
    cells += [tagged(source) for source in PASSES.values()]
    cells += [tagged(source, tag) for source, tag in TAGGED.items()]
    return notebook(*cells, *(tagged(source) for source in FAILS.values()))


def save(nb, path):
    nbformat.write(nb, path)
    return path


def run(*arguments, **environment):
    """A Python process in the repository's root."""
    env = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"} | environment
    return subprocess.run(
        [sys.executable, "-m", *map(str, arguments)], cwd=ROOT, env=env, capture_output=True, text=True
    )


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    """A folder with the toy notebook, its outputs stored."""
    folder = tmp_path_factory.mktemp("workshop")
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "beside.txt").write_text("beside")
    path = save(toy(), folder / "toy.ipynb")
    result = run("tests.regression.regenerate", path, PYTHONHASHSEED="1", MPLBACKEND="Agg")
    assert result.returncode == 0, result.stderr
    return folder


def cells(path):
    """The code cells of a notebook by their source."""
    return {cell.source: cell for cell in nbformat.read(path, as_version=4).cells}


def test_what_is_stored(workshop):
    stored = cells(workshop / "toy.ipynb")

    def texts(source):
        outputs = stored[source].outputs
        return [output.get("text") or output.data["text/plain"] for output in outputs]

    assert texts(PASSES["the environment"]) == ["1 beside\n"]
    assert texts(PASSES["progress"]) == []
    assert texts(PASSES["widget"]) == [WIDGET_TEXT]
    assert texts(PASSES["address"]) == ["<object at 0x0>"]
    assert texts(PASSES["cleared"]) == ["kept\n"]
    assert texts(PASSES["output widget"]) == ["outside\n", WIDGET_TEXT]
    assert stored[PASSES["updated"]].outputs[0].data["text/html"] == "new"
    assert stored[PASSES["warning"]].outputs[0].text.startswith("[cell]:1: UserWarning: careful")
    assert set(stored[FAILS["missing"]].outputs[0].data) == {"image/png", "text/plain"}
    assert "\x1b" not in "".join(stored["1 / 0"].outputs[0].traceback)
    metadata = nbformat.read(workshop / "toy.ipynb", as_version=4).metadata
    assert "widgets" not in metadata
    assert metadata.language_info.name == "python"
    assert "version" not in metadata.language_info


def test_a_second_run_stores_the_same_bytes(workshop, capsys):
    path = workshop / "toy.ipynb"
    before = path.read_bytes()
    assert before.endswith(b"}\n")
    assert regenerate.main(["--check", str(path)]) == 0
    assert path.read_bytes() == before
    assert "unchanged" in capsys.readouterr().out


def measured(text, source="x", parameters="SEED = 1"):
    nb = notebook(tagged(parameters, "parameters"), tagged(source, "measures"))
    nb.cells[1].outputs = printed(text)
    return nb


@pytest.mark.parametrize(
    ("nb", "kept"),
    [
        (measured("7 s"), True),
        (measured("7 s", source="x  # edited"), False),
        (measured("7 s", parameters="SEED = 2"), False),
        (measured("7 minutes"), False),
    ],
)
def test_a_cell_that_measures_keeps_its_outputs_while_its_source_is_the_same(nb, kept):
    stored = measured("3 s")
    regenerate.normalise(stored, deepcopy(stored))
    fresh = nb.cells[1].outputs[0].text
    regenerate.normalise(nb, stored)
    assert nb.cells[1].outputs[0].text == ("3 s" if kept else fresh)
    assert len(nb.cells[1].metadata.nst.source_sha256) == 16


def test_an_error_leaves_the_file_unchanged(tmp_path, capsys):
    failing = tagged("\nb = 2\nraise ValueError('no such layer')")
    path = save(notebook(tagged("a = 1"), failing), tmp_path / "e.ipynb")
    before = path.read_bytes()
    assert regenerate.main([str(path)]) == 1
    message = capsys.readouterr().err
    reason = 'the cell that starts with "b = 2" failed: ValueError: no such layer.'
    assert message == f"{path}: {reason} The file is unchanged.\n"
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def spoil(nb):
    """Another stored output for each cell of `FAILS`: the code no longer gives what is stored."""
    by_name = dict(zip(FAILS, nb.cells[-len(FAILS) :], strict=True))
    for name, text in {"number": "loss 0.5334\n", "integer": "301\n", "word": "style\n"}.items():
        by_name[name].outputs[0].text = text
    pixels = np.array(Image.open(io.BytesIO(base64.b64decode(by_name["third"].outputs[0].data["image/png"]))))
    ignored, lax = nb.cells[-len(FAILS) - 2 : -len(FAILS)]
    ignored.outputs, lax.outputs = printed("something else"), printed("0.61\n")
    by_name["missing"].outputs += png(pixels)
    by_name["extra"].outputs = []
    changed = {"swapped": pixels[..., ::-1], "third": third_replaced(pixels), "size": pixels[:, :-1]}
    for name, other in changed.items():
        by_name[name].outputs[0].data["image/png"] = encoded(other)
    return nb


def replace_source(nb, old, new):
    for cell in nb.cells:
        cell.source = new if cell.source == old else cell.source
    return nb


@pytest.fixture(scope="module")
def compared(workshop):
    """The stored toy notebook and four that are wrong, compared: {(notebook, item): (state, message)}."""
    stored = nbformat.read(workshop / "toy.ipynb", as_version=4)
    parameters, setup, measures = stored.cells[1], stored.cells[2], stored.cells[3 + len(PASSES)]
    save(spoil(deepcopy(stored)), workshop / "spoilt.ipynb")
    wrong = MEASURE.replace("> 0", "< 0")
    broken = notebook(parameters, setup, measures, *stored.cells[-2:])
    save(replace_source(broken, MEASURE, wrong), workshop / "broken.ipynb")
    dies = notebook(parameters, tagged("import os; os._exit(1)"), tagged("1"), tagged("2", "nbval-skip"))
    save(dies, workshop / "dies.ipynb")
    files = [workshop / f"{name}.ipynb" for name in ("spoilt", "broken", "dies")]
    result = run(
        *("pytest", *files, "-p", "nbval.plugin", "-p", "tests.regression.plugin", "-p", "no:cacheprovider"),
        *(
            "--nbval",
            "--nbval-current-env",
            "--nbval-cell-timeout=300",
            "-W",
            "error",
            f"--junitxml={workshop}/result.xml",
        ),
        PYTEST_DISABLE_PLUGIN_AUTOLOAD="1",  # none of the others is needed, and importing them takes seconds
    )
    assert result.returncode == 1, result.stdout + result.stderr
    cases = ElementTree.parse(workshop / "result.xml").iter("testcase")
    return {(case.get("classname"), case.get("name")): outcome(case) for case in cases}


def outcome(case):
    for state in ("failure", "error", "skipped"):
        if (found := case.find(state)) is not None:
            return state, found.get("message") + (found.text or "")
    return "passed", ""


def states(compared, name):
    return [state for (file, _), (state, _) in compared.items() if name in file]


def message(compared, name, item):
    (found,) = [text for (file, cell), (_, text) in compared.items() if name in file and cell == item]
    return found


def test_each_fault_fails_and_nothing_else(compared):
    found = states(compared, "spoilt")
    assert len(found) == 1 + 2 + len(PASSES) + len(TAGGED) + len(FAILS)
    assert found[-len(FAILS) :] == ["failure"] * len(FAILS)
    assert set(found[: -len(FAILS)]) == {"passed"}


def test_a_failing_assert_fails_once_and_the_rest_is_skipped(compared):
    assert states(compared, "broken")[1:] == ["passed", "passed", "failure", "skipped", "skipped"]
    assert message(compared, "broken", "Cell 3").startswith("AssertionError")
    assert "assert seconds < 0" in message(compared, "broken", "Cell 3")
    assert "an earlier cell failed (Cell 3)" in message(compared, "broken", "Cell 4")


def test_a_dead_kernel_is_a_sentence(compared):
    assert states(compared, "dies")[1:] == ["passed", "failure", "skipped", "skipped"]
    assert message(compared, "dies", "Cell 2").startswith("the kernel died.")
    assert "an earlier cell failed (Cell 2)" in message(compared, "dies", "Cell 3")


def test_a_cell_that_is_tagged_to_be_skipped_is(compared):
    assert "tagged to be skipped" in message(compared, "dies", "Cell 4")


def test_the_rules_of_the_house_are_a_test_of_their_own(compared):
    assert "has the number None, it should be 2" in message(compared, "dies", "structure")


def test_a_failure_leaves_both_sides_and_says_how_to_accept(compared, workshop):
    folder = workshop / "build/regression/spoilt"
    first = 1 + 2 + len(PASSES) + len(TAGGED)
    for name, suffix in {"word": "txt", "third": "png"}.items():
        number = first + list(FAILS).index(name)
        sides = ("expected", "actual", "difference")
        files = [folder / f"cell-{number}-1-{side}.{suffix}" for side in sides]
        said = message(compared, "spoilt", f"Cell {number}")
        assert all(file.stat().st_size and f"see {file.relative_to(workshop)}" in said for file in files)
        assert "make notebooks" in said
        if name == "word":
            assert "-style\n+content" in files[2].read_text()
    assert not list(folder.glob("cell-1-*"))
