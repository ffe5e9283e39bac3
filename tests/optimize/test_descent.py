"""The optimiser on small objectives with known minima, and on ones that explode, stop or are interrupted."""

import sys
from itertools import pairwise

import pytest
import torch

from nst_helpers.losses import Objective, Value, content_terms, style_terms
from nst_helpers.optimize import Optimization, descent, lbfgs, optimize_image, parameters
from nst_helpers.runtime import Recorder, Stop
from nst_helpers.runtime import recorder as recorder_module
from nst_helpers.vgg import VGGFeatures

PATHS = pytest.mark.parametrize(
    "path",
    [{"optimizer": "lbfgs"}, {"optimizer": "lbfgs", "precondition": False}, {"optimizer": "adam"}],
    ids=["lbfgs", "lbfgs-pixels", "adam"],
)


def picture(seed, height=8, width=9):
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


START, TARGET = picture(0), 0.1 + 0.8 * picture(1)


class Quadratic:
    """``factor * mean w (image - target)^2 + offset``, with weights w of 1 to 100, so that L-BFGS has work to do.

    It remembers the pictures, and at some calls multiplies its value or raises.
    """

    def __init__(self, target=TARGET, factor=1.0, offset=0.0, at=()):
        self.target, self.factor, self.offset, self.at, self.images = target, factor, offset, dict(at), []
        self.weights = torch.logspace(0, 2, target.numel()).view_as(target)

    def __call__(self, image):
        self.images.append(image.detach().clone())
        square = self.square(image)
        total = self.factor * square + self.offset
        event = self.at.get(len(self.images), 1.0)
        if isinstance(event, BaseException):
            raise event
        return Value(total * event, {"square": square})

    def square(self, image):
        return (self.weights * (image - self.target).square()).mean()


def losses(result):
    return [progress.loss for progress in result.history]


# It descends


@PATHS
def test_a_quadratic_converges(path):
    result = optimize_image(Quadratic(), START, steps=150, **path)
    assert result.loss < 1e-6 * result.history[0].loss
    assert torch.allclose(result.image, TARGET, atol=1e-3)
    assert result.notes == []
    assert not result.interrupted


@PATHS
@pytest.mark.parametrize("factor", [1e-9, 1e9])
def test_the_scale_of_the_loss_does_not_matter(path, factor):
    result = optimize_image(Quadratic(factor=factor), START, steps=30, **path)
    plain = optimize_image(Quadratic(), START, steps=30, **path)
    assert result.loss / factor == pytest.approx(plain.loss, rel=0.05, abs=1e-9)


@PATHS
def test_a_negative_loss_is_no_explosion(path):
    result = optimize_image(Quadratic(offset=-10.0), START, steps=60, **path)
    assert result.notes == []
    assert result.loss < -9.995


@PATHS
def test_a_minimum_outside_the_range_is_reached_at_its_edge(path):
    target = 3 * picture(1) - 1
    result = optimize_image(Quadratic(target), START, steps=150, **path)
    assert result.image.min() >= 0
    assert result.image.max() <= 1
    reached, best = result.loss, Quadratic(target).square(target.clamp(0, 1)).item()
    assert best * 0.999 < reached < best * 1.1


@PATHS
def test_a_start_at_the_minimum_stays_there(path):
    result = optimize_image(Quadratic(START), START, steps=5, **path)
    assert result.loss == pytest.approx(0, abs=1e-12)
    assert torch.allclose(result.image, START, atol=1e-6)
    assert result.notes == []


def test_a_start_that_is_all_but_the_minimum_is_no_explosion():
    assert optimize_image(Quadratic(START + 1e-5), START, steps=10).notes == []


def test_a_larger_picture_converges_as_well():
    target = 0.1 + 0.8 * picture(1, 48, 60)
    result = optimize_image(Quadratic(target), picture(0, 48, 60), steps=150)
    assert result.loss < 1e-4 * result.history[0].loss
    assert result.notes == []


@pytest.fixture(scope="module")
def style_transfer():
    layers = ["relu1_1", "relu2_1"]
    extractor = VGGFeatures(layers, weights="random", precision="float32", device="cpu")
    photo, painting = picture(2, 24, 30), picture(3, 32, 24) ** 2
    terms = content_terms(extractor, photo, {"relu2_1": 1.0})
    terms += style_terms(extractor, painting, dict.fromkeys(layers, 1000.0))
    return Objective(extractor, terms), photo


@PATHS
def test_five_steps_lower_the_loss(path, style_transfer):
    objective, photo = style_transfer
    result = optimize_image(objective, photo, steps=6, **path)
    assert result.loss < 0.9 * result.history[0].loss
    assert objective(result.image).total.item() == pytest.approx(result.loss, rel=1e-3)


@pytest.mark.parametrize("path", [{}, {"precondition": False}, {"learning_rate": 0.5}], ids=str)
def test_no_step_of_lbfgs_is_longer_than_the_longest(path):
    images = []
    optimize_image(Quadratic(), START, steps=20, callback=lambda report: images.append(report.image), **path)
    lengths = [(after - before).square().mean().sqrt().item() for before, after in pairwise(images)]
    assert max(lengths) == pytest.approx(0.02 * path.get("learning_rate", 1), rel=0.01)


@pytest.mark.parametrize("rate", [1.0, 0.5])
def test_the_first_step_of_lbfgs_moves_a_variable_by_a_thousandth(rate):
    objective = Quadratic()
    optimize_image(objective, 0.1 + 0.8 * START, steps=2, precondition=False, learning_rate=rate)
    first = objective.images[1] - objective.images[0]
    assert first.abs().mean().item() == pytest.approx(0.001 * rate, rel=1e-4)


@PATHS
def test_the_objective_sees_the_pixels_unclamped(path):
    objective, start = Quadratic(), 3 * START - 1
    optimize_image(objective, start, steps=1, **path)
    assert torch.allclose(objective.images[0], start, atol=1e-6)


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
@pytest.mark.parametrize("precondition", [True, False])
def test_its_parts_run_on_any_device(optimizer, precondition):
    def objective(image):
        return Value(image.square().mean(), {})

    start = torch.rand(1, 3, 6, 7, device="meta")
    under_way = descent._Descent(objective, start, optimizer, 1.0, precondition)
    image, _ = under_way.evaluate()
    under_way.move(image)
    image, value = under_way.evaluate()
    assert image.device == value.total.device == start.device


# What it reports and returns


@PATHS
def test_each_step_is_one_evaluation_and_one_report(path):
    objective, reports = Quadratic(), []
    result = optimize_image(objective, START, steps=12, recorder=Recorder(40, reports.append), **path)
    assert len(objective.images) == len(result.history) == len(reports) == 12
    assert [progress.iteration for progress in result.history] == list(range(1, 13))
    for report, stored, image in zip(reports, result.history, objective.images, strict=True):
        assert torch.equal(report.image, image.clamp(0, 1))
        assert stored.image is None
        assert report.total == 40
        assert report.loss == stored.loss == pytest.approx(report.losses["square"])
        assert report.loss == pytest.approx(objective.square(image).item())


@PATHS
def test_the_first_picture_is_the_start_and_the_start_is_unchanged(path):
    objective, start = Quadratic(), START.clone()
    optimize_image(objective, start, steps=5, **path)
    assert torch.allclose(objective.images[0], START, atol=1e-6)
    assert not torch.allclose(objective.images[-1], START, atol=1e-3)
    assert torch.equal(start, START)


@PATHS
def test_the_best_picture_is_returned_though_the_last_is_worse(path):
    objective = Quadratic(at={12: 30.0})
    result = optimize_image(objective, START, steps=12, **path)
    best = min(range(12), key=lambda number: losses(result)[number])
    assert result.loss == losses(result)[best] < losses(result)[-1]
    assert torch.equal(result.image, objective.images[best].clamp(0, 1))
    assert result.notes == []


def test_every_picture_reported_is_in_range():
    reports = []
    optimize_image(Quadratic(3 * picture(1) - 1), START.round(), steps=30, callback=reports.append)
    for progress in reports:
        assert progress.image.min() >= 0
        assert progress.image.max() <= 1


# Explosions


@PATHS
@pytest.mark.parametrize("event", [float("nan"), float("inf"), -float("inf"), 1e6], ids=str)
def test_an_explosion_restarts_from_the_best_picture(path, event):
    objective = Quadratic(at={7: event})
    with pytest.warns(RuntimeWarning, match="going on from the best picture, learning rate now") as warned:
        result = optimize_image(objective, START, steps=40, **path)
    assert len(warned) == len(result.notes) == 1
    assert result.history[6].note == result.notes[0] == str(warned[0].message)
    best = min(range(6), key=lambda number: losses(result)[number])
    assert torch.allclose(objective.images[7], objective.images[best], atol=1e-5)  # it went back
    assert result.loss < losses(result)[best]  # and on from there
    assert result.image.isfinite().all()


def test_a_restart_halves_the_learning_rate():
    objective = Quadratic(at={3: float("nan")})
    with pytest.warns(RuntimeWarning, match=r"learning rate now 0\.01\."):
        optimize_image(objective, START, steps=5, optimizer="adam")
    first, again = ((objective.images[i + 1] - objective.images[i]).abs().mean().item() for i in (0, 3))
    assert again / first == pytest.approx(0.5, rel=0.05)


@PATHS
def test_it_stops_after_five_restarts_with_the_best_picture(path):
    objective = Quadratic(at=[(number, float("nan")) for number in range(5, 100)])
    with pytest.warns(RuntimeWarning, match="learning rate now"):
        result = optimize_image(objective, START, steps=50, **path)
    assert len(result.notes) == 6
    assert ["stopping after 5 restarts" in note for note in result.notes] == [False] * 5 + [True]
    assert len(result.history) == 4 + 6
    assert result.loss == min(losses(result)[:4])
    assert torch.allclose(objective.images[-1], result.image, atol=1e-5)


@PATHS
def test_a_first_loss_that_is_not_finite_is_a_sentence(path):
    with pytest.raises(ValueError, match=r"^the first loss is nan: look for a weight .* NaN values\.$"):
        optimize_image(Quadratic(at={1: float("nan")}), START, steps=3, **path)


# Interruptions and continuations


def press_ctrl_c(call, **path):
    """Interrupt the objective at this call."""
    objective = Quadratic(at={call: KeyboardInterrupt()})
    try:
        result = optimize_image(objective, START, steps=50, **path)
    except KeyboardInterrupt:
        pytest.fail("Ctrl-C got through")
    assert result.interrupted
    assert len(result.history) == call - 1
    return objective, result


@PATHS
def test_ctrl_c_returns_the_best_picture_so_far(path):
    objective, result = press_ctrl_c(8, **path)
    assert result.loss == min(losses(result)) < losses(result)[0]
    assert objective.square(result.image).item() == pytest.approx(result.loss, rel=1e-4)


def test_ctrl_c_before_the_first_loss_returns_the_start():
    _, result = press_ctrl_c(1)
    assert torch.equal(result.image, START)


def test_a_callback_may_stop_it():
    def stop(progress):
        if progress.iteration == 4:
            raise Stop

    result = optimize_image(Quadratic(), START, steps=50, callback=stop)
    assert result.interrupted
    assert len(result.history) == 4
    assert result.loss == min(losses(result))


def test_another_error_of_a_callback_is_passed_on():
    def fail(progress):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        optimize_image(Quadratic(), START, steps=3, callback=fail)


def test_a_continuation_takes_the_history_along():
    recorder = Recorder(9)
    first = optimize_image(Quadratic(), START, steps=5, recorder=recorder)
    large = picture(4, 12, 10)
    second = optimize_image(Quadratic(large, factor=1e3), picture(5, 12, 10), steps=4, recorder=recorder)
    assert [(progress.iteration, progress.total) for progress in second.history] == [(n, 9) for n in range(1, 10)]
    assert second.history[:5] == first.history
    seconds = [progress.seconds for progress in second.history]
    assert seconds[0] >= 0
    assert seconds == sorted(seconds)
    assert second.image.shape == large.shape
    assert second.loss == min(losses(second)[5:]) > first.loss  # a loss at another size doesn't count
    assert len(first.history) == 5


def test_a_continuation_that_is_interrupted_at_once_keeps_the_picture_before():
    recorder = Recorder(9)
    first = optimize_image(Quadratic(), START, steps=5, recorder=recorder)
    objective = Quadratic(picture(4, 12, 10), at={1: KeyboardInterrupt()})
    second = optimize_image(objective, picture(5, 12, 10), steps=4, recorder=recorder)
    assert second.interrupted
    assert second.loss == first.loss
    assert torch.equal(second.image, first.image)


@PATHS
def test_a_callback_that_paints_over_what_it_is_shown_changes_nothing(path):
    def spoil(progress):
        progress.image.fill_(float("nan"))
        progress.losses.clear()

    result = optimize_image(Quadratic(), START, steps=12, callback=spoil, **path)
    untouched = optimize_image(Quadratic(), START, steps=12, **path)
    assert torch.equal(result.image, untouched.image)
    assert losses(result) == losses(untouched)
    assert all(progress.losses for progress in result.history)


OURS = {recorder_module.__file__, descent.__file__, lbfgs.__file__, parameters.__file__}


class CtrlC:
    """Ctrl-C before the n-th line of our own code within the recorder's block, or in the recorder, instruction."""

    def __init__(self, at):
        self.at, self.count, self.inside = at, 0, False

    def __call__(self, frame, event, _):
        name, file = frame.f_code.co_name, frame.f_code.co_filename
        if file not in OURS or name == "optimize_image":
            return None
        frame.f_trace_opcodes = file == recorder_module.__file__
        if name == "__exit__":
            self.inside = False
        elif name == "__enter__" and event == "return":
            self.inside = True
        elif event == ("opcode" if frame.f_trace_opcodes else "line") and self.inside:
            self.count += 1
            if self.count == self.at:
                self.inside = False
                raise KeyboardInterrupt
        return self

    def run(self, **path):
        seen, before = [], sys.gettrace()
        sys.settrace(self)
        try:
            result = optimize_image(Quadratic(), START, steps=2, callback=seen.append, **path)
        except KeyboardInterrupt:
            pytest.fail(f"Ctrl-C at {self.at} got through")
        finally:
            sys.settrace(before)
        return result, seen


@pytest.mark.parametrize("path", [{}, {"optimizer": "adam"}], ids=["lbfgs", "adam"])
def test_ctrl_c_before_any_instruction_leaves_a_whole_result(path):
    never = CtrlC(at=0)
    whole, _ = never.run(**path)
    assert never.count > 200
    for at in range(1, never.count + 1):
        result, seen = CtrlC(at).run(**path)
        assert result.interrupted
        reported = losses(result)
        assert reported == losses(whole)[: len(reported)]
        assert len(reported) - 1 <= len(seen) <= len(reported)
        assert result.loss == min(reported, default=float("inf"))
        shown = [report.image for report in seen if report.loss == result.loss]
        assert all(torch.equal(result.image, image) for image in shown)
        assert reported or torch.equal(result.image, START)


def test_notes_are_those_of_the_history():
    assert Optimization(START).notes == []
    assert Optimization(START).loss == float("inf")


# Sentences


@pytest.mark.parametrize(("options", "message"), [
    ({"steps": 0}, r"^steps is 0: take at least 1\.$"),
    ({"steps": 1, "learning_rate": 0.0}, r"^learning_rate is 0\.0: give a number above 0\.$"),
    ({"steps": 1, "learning_rate": float("nan")}, r"^learning_rate is nan: give a number above 0\.$"),
    ({"steps": 1, "callback": print, "recorder": Recorder(1)}, r"^a callback and a recorder were given: give the rec"),
    ({"steps": 1, "optimizer": "lbgfs"}, r"^optimizer 'lbgfs' is unknown: did you mean lbfgs\?$"),
])  # fmt: skip
def test_an_option_that_makes_no_sense_is_a_sentence(options, message, monkeypatch):
    import jaxtyping

    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)  # users see the sentence, tests the annotation
    with pytest.raises(ValueError, match=message):
        optimize_image(Quadratic(), START, **options)
