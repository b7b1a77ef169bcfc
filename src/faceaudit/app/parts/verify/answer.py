"""What a network says of two photos: the decision, its errors, and the scale it stands on."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from faceaudit.app.language import say
from faceaudit.app.networks import KnownNetwork
from faceaudit.app.parts.numbers import interval, one_in, share
from faceaudit.app.parts.score_scale import ScoreScale
from faceaudit.app.parts.verify.pair import Compared
from faceaudit.metrics import OperatingPoint


@dataclass(frozen=True)
class Answer:
    """An answer, to be shown.

    Attributes:
        network: that was asked.
        point: the threshold, with its errors.
        made: what it made of the pair; None where there is no pair.
        one_person: whether both photos show one person; None where nobody here knows.
    """

    network: KnownNetwork
    point: OperatingPoint
    made: Compared | None
    one_person: bool | None

    @property
    def accepted(self) -> bool | None:
        """Whether the network takes both for one person; None where it cannot tell."""
        if self.made is None or self.made.score is None:
            return None
        assert self.point.threshold is not None
        return self.made.score >= self.point.threshold

    @property
    def verdict(self) -> str:
        """The decision in words; where it is known to be wrong, that it is."""
        if self.accepted is None:
            return "" if self.made is None else self.made.why
        name = "yes" if self.accepted else "no"
        wrong = self.one_person is not None and self.one_person != self.accepted
        return say(f"verify.{'false_' if wrong else ''}{name}")

    def decision(self) -> str:
        """Return the network and its decision."""
        sign = {True: "yes", False: "no", None: "open"}[self.accepted]
        if self.accepted is not None and self.one_person is not None:
            sign += " right" if self.accepted == self.one_person else " wrong"
        lines = [f'<h2 class="network">{escape(self.network.title)}</h2>']
        if self.verdict:
            lines.append(f'<p class="verdict {sign}" role="status">{escape(self.verdict)}</p>')
        return "".join(lines)

    def scale(self) -> str:
        """Return the scale, for `show_drawn`."""
        assert self.point.threshold is not None
        score = None if self.made is None else self.made.score
        network = self.network
        return ScoreScale(network.title, network.reference, self.point.threshold, score).figure()

    def figures(self) -> str:
        """Return how often the network errs."""
        named = "".join(
            f"<dt>{escape(say(f'verify.{key}'))}</dt><dd>{escape(words)}</dd>"
            for key, words in self._figures().items()
        )
        return f'<dl class="errors">{named}</dl>'

    def _figures(self) -> dict[str, str]:
        point = self.point
        assert point.fmr is not None
        assert point.fnmr is not None
        found = {}
        if self.made is not None and self.made.score is not None:
            alike = self.network.reference.strangers_at(self.made.score)
            found["as_alike"] = say("verify.most") if alike is None else one_in(alike)
        rejected = say("verify.share", share=share(point.fnmr.value), interval=interval(point.fnmr))
        return {**found, "accepted": one_in(point.fmr), "rejected": rejected}
