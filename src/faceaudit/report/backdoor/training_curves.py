"""Charts of training: one line a system, the pristine one in colour."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from faceaudit.deferred import deferred
from faceaudit.report.drawing.svg import FIRST, INK, MUTED, blank, drawing, inline
from faceaudit.report.drawing.thinning import spread_evenly
from faceaudit.report.numbers import percent

if TYPE_CHECKING:
    from matplotlib import ticker
    from matplotlib.axes import Axes
else:
    ticker = deferred("matplotlib.ticker")

WIDTH, HEIGHT = 310.0, 180.0
LINES = 30
"""Poisoned systems that a chart has lines of, and as many pristine ones; the table has all."""


@dataclass(frozen=True)
class TrainingCurve:
    """One system's training.

    Attributes:
        label: the attack it was trained for, in words, and its seed.
        pristine: whether it saw no poison.
        curve: an epoch's number and its figures, by name; a figure may be absent.
    """

    label: str
    pristine: bool
    curve: tuple[dict[str, float], ...]

    @property
    def row(self) -> tuple[str, str, str, str, str]:
        """Label, epochs, last training loss, lowest validation loss, best validation accuracy."""
        return (
            self.label,
            str(len(self.curve)),
            self._pick("train_loss", lambda values: f"{values[-1]:.3f}"),
            self._pick("validation_loss", lambda values: f"{min(values):.3f}"),
            self._pick("validation_accuracy", lambda values: percent(max(values))),
        )

    def _pick(self, name: str, say: Callable[[list[float]], str]) -> str:
        values = [epoch[name] for epoch in self.curve if epoch.get(name) is not None]
        return say(values) if values else "not recorded"


def loss_chart(trainings: Sequence[TrainingCurve], *, name: str) -> Markup:
    """Draw training and validation loss against epochs."""
    with drawing():
        figure, axes = blank(WIDTH, HEIGHT)
        for training in _pristine_last(trainings):
            _line(axes, training, "train_loss", dashed=True)
            _line(axes, training, "validation_loss")
        _frame(axes, trainings)
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_locator(ticker.MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
        return inline(
            figure, name=name, title="Loss against epochs", description=_describe(trainings)
        )


def accuracy_chart(trainings: Sequence[TrainingCurve], *, name: str) -> Markup:
    """Draw validation accuracy against epochs."""
    with drawing():
        figure, axes = blank(WIDTH, HEIGHT)
        for training in _pristine_last(trainings):
            _line(axes, training, "validation_accuracy")
        _frame(axes, trainings)
        axes.set_ylim(-0.02, 1.02)
        axes.set_yticks([0, 0.25, 0.5, 0.75, 1.0])
        axes.yaxis.set_major_formatter(
            ticker.FuncFormatter(lambda value, _: f"{value * 100:.0f} %")
        )
        title = "Validation accuracy against epochs"
        return inline(figure, name=name, title=title, description=_describe(trainings))


def _describe(trainings: Sequence[TrainingCurve]) -> str:
    drawn, all_ = len(_pristine_last(trainings)), len(trainings)
    systems = f"{drawn} systems" if drawn > 1 else "One system"
    of = f" of {all_}" if drawn < all_ else ""
    return f"{systems}{of}, one line each; last and best figures are in the table below."


def _pristine_last(trainings: Sequence[TrainingCurve]) -> list[TrainingCurve]:
    """Return the trainings to draw, the pristine ones last and so above the others."""
    return [
        one
        for pristine in (False, True)
        for one in spread_evenly([each for each in trainings if each.pristine == pristine], LINES)
    ]


def _frame(axes: Axes, trainings: Sequence[TrainingCurve]) -> None:
    last = max((epoch["epoch"] for training in trainings for epoch in training.curve), default=1)
    axes.set_xlim(0, max(1, last))
    axes.xaxis.set_major_locator(ticker.MaxNLocator(6, integer=True))
    axes.set_xlabel("Epoch", color=INK, labelpad=5)


def _line(axes: Axes, training: TrainingCurve, name: str, *, dashed: bool = False) -> None:
    known = [epoch for epoch in training.curve if epoch.get(name) is not None]
    axes.plot(
        [epoch["epoch"] for epoch in known],
        [epoch[name] for epoch in known],
        color=FIRST if training.pristine else MUTED,
        linewidth=1.9 if training.pristine else 0.9,
        alpha=1 if training.pristine else 0.65,
        linestyle=(0, (3, 2)) if dashed else "-",
        marker="o" if len(known) == 1 else None,
    )
