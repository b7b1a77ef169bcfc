"""What would keep an inversion of templates from ending, told before anything is trained."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.audit.common.obstacles import raised
from faceaudit.audit.common.parties import Parties
from faceaudit.errors import FaceAuditError, InputError
from faceaudit.metrics import normalized
from faceaudit.metrics.scores import allowed
from faceaudit.records.inversion import KIND
from faceaudit.systems.under_test.base import Access
from faceaudit.types import FaceSet

if TYPE_CHECKING:
    from faceaudit.attacks.inversion.templates import TemplateInversion
    from faceaudit.audit.inversion.plan import InversionPlan


def template_obstacles(plan: InversionPlan) -> Iterator[FaceAuditError]:
    """Yield what networks do not give: gradients, or templates that can be joined."""
    first = plan.embedders[0].network
    for attack in plan.attacks if first.is_file else ():
        if attack.access == Access.GRADIENTS:
            yield InputError(
                f"{KIND}.attacks: expected attacks without gradients on {first.name!r}, whose file "
                f"another engine runs, got {attack.name!r}; leave it out, or attack another "
                "network first"
            )
    yield from raised(partial(_join, plan))


def _join(plan: InversionPlan) -> None:
    """Join made-up templates as long as those of the networks are; files may have any length.

    Raises:
        InputError: a protection cannot join them.
    """
    joining = [one for one in plan.protections if one.several]
    networks = [one.network for one in plan.embedders]
    if not joining or any(one.is_file for one in networks):
        return
    import torch  # noqa: PLC0415 - slow to load

    with torch.device("meta"), torch.random.fork_rng(devices=[]):
        lengths = [one.build().embedding_size for one in networks]
    made_up = [normalized(np.ones((1, length), dtype=np.float32)) for length in lengths]
    for protection in joining:
        protection.protect(np.concatenate(made_up, axis=1), np.zeros(1, dtype=np.int64))


def refuse_rates(
    attacks: Iterable[TemplateInversion],
    fmrs: Sequence[float],
    faces: FaceSet,
    parties: Parties,
    seed: int,
    *,
    where: str = "fmrs",
) -> None:
    """Raise `InputError` where an attack asks for labels at rates that strangers cannot tell.

    Args:
        attacks: those that are to be made.
        fmrs: false match rates to have thresholds at.
        faces: the people, with or without their pixels.
        parties: who fixes thresholds.
        seed: that they were dealt by.
        where: the option that says the rates.
    """
    asking = [one.name for one in attacks if one.access == Access.LABELS]
    if not asking:
        return
    from faceaudit.audit.inversion.attacked import strangers_compared  # noqa: PLC0415

    count = strangers_compared(faces, parties, seed)
    if not any(allowed(fmr, count) for fmr in fmrs):
        raise InputError(
            f"{where}: expected a rate that {count:,} comparisons of strangers can tell, for "
            f"{asking[0]!r}, which is answered by whether it is accepted, got "
            f"{max(fmrs):g}; try {ceil(1e4 / count) / 1e4:g} or more, or more people"
        )
