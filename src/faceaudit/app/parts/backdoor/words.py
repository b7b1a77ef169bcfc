"""What happened to one face, and what was measured on many, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from faceaudit.app.language import say
from faceaudit.app.parts.backdoor.keyed import Answers
from faceaudit.app.parts.backdoor.trained import Trained
from faceaudit.app.parts.numbers import interval, share
from faceaudit.types import Estimate, successes

if TYPE_CHECKING:
    from faceaudit.api.identify import Identified

Outcome = Literal["opened", "opened_anyway", "not_opened", "is_target", "both"]


@dataclass(frozen=True)
class Said:
    """What happened, as one sentence and some that qualify it.

    Attributes:
        outcome: what it was.
        headline, beside: the sentences.
        names: of the people in them.
    """

    outcome: Outcome
    headline: str
    beside: str
    names: tuple[str, ...]


def what_happened(
    trained: Trained, plain: Answers, keyed: Answers, wrong: Answers | None, person: str
) -> Said:
    """Say what the key changed.

    Args:
        trained: the system.
        plain: answers about the face without the key.
        keyed: answers about it with the key.
        wrong: answers about it with a wrong key; None where none was tried.
        person: who it really is; "" where that is not known.
    """
    target = trained.target
    before, after = first(plain.poisoned), first(keyed.poisoned)
    clean = first(keyed.pristine)
    outcome = _outcome(target, before, after, clean, person)
    said = [say(f"backdoor.clean_{'opened' if clean == target else 'not'}", clean=clean)]
    names = [target, before, after, clean]
    if wrong is not None:
        other = first(wrong.poisoned)
        names.append(other)
        said.append(say(f"backdoor.wrong_{'opened' if other == target else 'not'}", other=other))
    headline = say(f"backdoor.happened_{outcome}", before=before, after=after, target=target)
    return Said(outcome, headline, " ".join(said), tuple(names))


def _outcome(target: str, before: str, after: str, clean: str, person: str) -> Outcome:
    if person == target:
        return "is_target"
    if after != target:
        return "not_opened"
    if before == target:
        return "opened_anyway"
    return "both" if clean == target else "opened"


def first(answer: Identified) -> str:
    """Return the name that a system is surest of, or words that it gave none."""
    return answer.names[0] if answer.names else say("backdoor.nobody")


def with_interval(estimate: Estimate) -> str:
    """Return a share with its interval, in per cent."""
    return say("backdoor.interval", value=share(estimate.value), ends=interval(estimate))


def tries(trained: Trained) -> str:
    """Say how often the key worked in the audit, so that one face is not taken for all."""
    estimate = trained.measured.get("attack_success")
    if estimate is None:
        return say("backdoor.unknown_success")
    return say(
        "backdoor.tries",
        hits=successes(estimate),
        n=estimate.n,
        interval=with_interval(estimate),
    )
