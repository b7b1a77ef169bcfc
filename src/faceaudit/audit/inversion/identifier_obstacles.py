"""What would keep the inversion of an identifier from ending, told before anything is trained."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from faceaudit.audit.common.obstacles import outline_or_error, raised
from faceaudit.errors import FaceAuditError, InputError, OptionError
from faceaudit.faces.sources.base import Source
from faceaudit.records.inversion import KIND
from faceaudit.systems.under_test.base import Access
from faceaudit.types import FaceSet

if TYPE_CHECKING:
    from faceaudit.audit.inversion.plan import InversionPlan


def identifier_obstacles(plan: InversionPlan) -> Iterator[FaceAuditError]:
    """Yield what is wrong with an identifier beside its own faces and network.

    Somebody is in two parties, the judge is the attacked network, or the identifier is a file that
    gives no gradients.
    """
    part = plan.identifier
    if part is None:
        return
    if part.system.network.is_file:
        for attack in part.attacks:
            if attack.access == Access.GRADIENTS:
                yield InputError(
                    f"{KIND}.identifier.attacks: expected attacks without gradients on "
                    f"{part.system.network.name!r}, whose file another engine runs, got "
                    f"{attack.name!r}; leave it out, or try another network"
                )
    yield from raised(lambda: refuse_same_network(plan))
    known, section = (outline_or_error(one)[0] for one in (part.faces, plan.faces))
    if known is not None and section is not None:
        yield from raised(lambda: refuse_known_people(part.faces, known, plan.faces, section))
    pretraining = plan.embedders[0].pretraining
    others = None if pretraining is None else outline_or_error(pretraining.faces)[0]
    if known is not None and others is not None and pretraining is not None:
        yield from raised(lambda: _refuse_judge(part.faces, known, pretraining.faces, others))


def refuse_same_network(plan: InversionPlan) -> None:
    """Raise `OptionError` where the plan's judge is what the identifier started from."""
    assert plan.identifier is not None
    attacked, judge = plan.identifier.system, plan.embedders[0]
    trained = attacked.network.is_file or attacked.weights or attacked.pretraining
    names = ("network", "weights", "pretraining")
    if trained and all(getattr(attacked, name) == getattr(judge, name) for name in names):
        raise same_network(judge.network.name)


def same_network(name: str) -> OptionError:
    """Return the error of a judge that is attacked itself.

    Pictures that please a network need please no other one: it is no judge of what was rebuilt by
    it.
    """
    return OptionError(
        "expected another network to judge faces than the one that they are rebuilt from, got "
        f"{name!r} for both; put another one first in embedders"
    )


def refuse_known_people(source: Source, known: FaceSet, other: Source, section: FaceSet) -> None:
    """Raise `OptionError` where an identifier knows people of the section's faces.

    Synthetic people are told apart by their seed, all others by their names.

    Args:
        source: of those whom it knows.
        known: they, with or without their pixels.
        other: the section's.
        section: its people.
    """
    if source.name == other.name == "synthetic":
        shared = int(source.model_dump()["seed"] == other.model_dump()["seed"])
        names = "the same seed for both"
    else:
        same = sorted(set(known.names) & set(section.names))
        shared = len(same)
        names = f"{shared} who are in both ({', '.join(map(repr, same[:3]))})"
    if shared:
        raise OptionError(
            "expected the identifier to know other people than the section's faces, from whom an "
            f"attacker learns and who fix thresholds, got {names}; give identifier.faces others"
        )


def _refuse_judge(source: Source, known: FaceSet, other: Source, others: FaceSet) -> None:
    from faceaudit.audit.common.backbone import refuse_same_people  # noqa: PLC0415 - slow to load

    refuse_same_people(source, known, other, others)
