"""A copy of an identifier of one's own, made by asking it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from faceaudit.api.arguments import Cache, check_count, folders
from faceaudit.api.systems import SystemLike, system_under_test
from faceaudit.attacks.extraction import (
    Answers,
    ExtractionAttack,
    Photos,
    VictimOracle,
    extraction_attacks,
)
from faceaudit.attacks.extraction.common.learning import CopyTraining, Lesson, learn_copy
from faceaudit.audit.extraction.figures import difference, of_what_is_left, share
from faceaudit.audit.extraction.identifier import softmax
from faceaudit.audit.extraction.victims import HeldOut
from faceaudit.errors import InputError, OptionError
from faceaudit.networks import Network, networks
from faceaudit.progress import Progress, silent
from faceaudit.systems.under_test.base import Access, IdentifierUnderTest, no_access
from faceaudit.training.device import choose_device
from faceaudit.types import Estimate, FaceSet, Figure, FloatArray, IntArray, pixel_digests

if TYPE_CHECKING:
    from faceaudit.systems.identifiers.identifier import Identifier

AttackLike = ExtractionAttack | str | Mapping[str, Any]
"""An extraction, by its name or as a plan spells it."""


@dataclass(frozen=True, eq=False)
class ExtractedCopy:
    """A copy of an identifier, held against it.

    Attributes:
        copy: the copied identifier: `copy.logits(images)` asks it.
        queries: how many photos the system was asked about to make it.
        unanswered: for how many of them it gave no answer; they teach nothing.
        agreement: the share of held-out photos on which both name the same person.
        prior: the share of the system's most frequent answer on them; none is no answer.
        over_prior: agreement less prior, on the same photos.
        copied: the share of decisions that the prior misses and the copy has.
    """

    copy: Identifier
    queries: int
    unanswered: int
    agreement: Estimate
    prior: Estimate
    over_prior: Estimate
    copied: Figure


def extract_copy(
    system: SystemLike | IdentifierUnderTest,
    photos: FaceSet,
    held_out: FaceSet,
    *,
    attack: AttackLike = "knockoff",
    budget: int | None = None,
    network: Network | str | Mapping[str, Any] = "deepid",
    training: CopyTraining | Mapping[str, Any] | None = None,
    seed: int = 0,
    cache: Cache = None,
    progress: Progress = silent,
) -> ExtractedCopy:
    """Copy an identifier by asking it about photos, and say how often the copy decides as it does.

    Args:
        system: the identifier, as `system_under_test` takes it, or one that is open.
        photos: what it is asked about, at its size; of people it need not know.
        held_out: photos that it is held against its copy on, at its size; none of those asked
            about. Intervals take the people on them as clusters.
        attack: knockoff, from scores, or copycat, from decisions.
        budget: photos to ask about, drawn by the seed; all when None.
        network: of the copy, of the system's size.
        training: of the copy: steps, batch, learning_rate and so on.
        seed: of what is drawn, and of the copy's first weights.
        cache: folder in which answers are kept; the user's cache when None.
        progress: told of every step.

    Returns:
        An `ExtractedCopy`.

    Raises:
        InputError: it is no identifier or gives less than the attack needs, photos are of another
            size or too few, some of them are in both lists, or it gave no answer to any of one.
        OptionError: the attack or the network is none, or one that is not for this.
        UnknownName: there is no such attack or network.

    Example:
        ::

            asked = faceaudit.load_faces("synthetic", size=(55, 47), seed=7).faces
            tested = faceaudit.load_faces("synthetic", size=(55, 47)).faces
            victim = "file:identifier.safetensors"
            found = faceaudit.extract_copy(victim, asked, tested, budget=1000)
            print(found.queries, found.agreement, found.prior)
    """
    from faceaudit.systems.identifiers.identifier import Identifier  # noqa: PLC0415 - loads torch

    chosen, of = extraction_attacks.build(attack), networks.build(network)
    if "identifier" not in chosen.asks or of.is_file:
        raise OptionError(
            f"expected an attack on identifiers and a network that can learn, got {chosen.name!r} "
            f"and {of.name!r}; try knockoff and deepid"
        )
    check_count(seed, "seed", least=0)
    count = len(photos) if budget is None else check_count(budget, "budget")
    opened = _opened(system, cache, progress)
    _check(opened, chosen, (photos, held_out), of, count)
    options = training if isinstance(training, CopyTraining) else CopyTraining(**training or {})
    victim = np.asarray(opened.labels(held_out), dtype=np.int64)
    if victim.max() < 0:
        raise InputError(
            f"expected an answer to some of {len(victim):,} held-out photos, got none; try others"
        )
    oracle = VictimOracle(lambda rows: _scores(opened, chosen, photos, rows), chosen.access, count)
    told = chosen.steal(oracle, Photos(photos.identity), np.random.default_rng([seed, 30]))
    answered = ~np.isnan(told.answers).any(axis=1)
    if not answered.any():
        raise InputError(f"expected an answer to some of {count} photos, got none; try others")
    known = Answers(told.rows[answered], told.answers[answered])
    lesson = Lesson(photos.images, known.rows, known.answers, "scores", len(opened.names))
    state = learn_copy(of, lesson, options, seed=seed, progress=progress)[0]
    copy = Identifier(of, opened.names, state, choose_device(options.device))
    return _judged(copy, held_out, victim, oracle.queries, int((~answered).sum()))


def _opened(
    system: SystemLike | IdentifierUnderTest, cache: Cache, progress: Progress
) -> IdentifierUnderTest:
    if isinstance(system, IdentifierUnderTest):
        return system
    work = folders(cache, progress)
    opened = system_under_test(system).open(cache=work.unfinished, progress=progress)
    if not isinstance(opened, IdentifierUnderTest):
        raise InputError(
            f"expected an identifier, got {opened.title}, which is {opened.role}; copies of "
            "verifiers and embedders are made by a plan with a section extraction"
        )
    return opened


def _check(
    system: IdentifierUnderTest,
    attack: ExtractionAttack,
    faces: tuple[FaceSet, FaceSet],
    network: Network,
    count: int,
) -> None:
    if attack.access == Access.SCORES and Access.SCORES not in system.access:
        raise no_access(system, Access.SCORES)
    sizes = {one.size for one in faces} | {network.size}
    if sizes != {tuple(system.size)}:
        raise InputError(
            f"expected photos and a network of the system's size {system.size}, got "
            f"{', '.join(map(str, sorted(sizes)))}; load the faces at that size"
        )
    if count > len(faces[0]):
        raise InputError(
            f"expected at least {count:,} photos to ask about, got {len(faces[0]):,}; lower budget"
        )
    asked, held_out = (pixel_digests(one.images) for one in faces)
    shared = len(set(asked).intersection(held_out))
    if not len(held_out) or shared:
        raise InputError(
            f"expected photos to hold both against one another on that are not asked about, got "
            f"{len(held_out):,}, {shared:,} of them in both lists; leave those out of one"
        )


def _scores(
    system: IdentifierUnderTest, attack: ExtractionAttack, photos: FaceSet, rows: IntArray
) -> FloatArray:
    """Return (n, K) probabilities, or decisions as 1 and 0; NaN where there was no answer."""
    if attack.access == Access.SCORES:
        found = np.asarray(system.scores(photos, rows), dtype=np.float32)
        with np.errstate(invalid="ignore"):
            shares = (found >= 0).all(axis=1) & (np.abs(found.sum(axis=1) - 1) < 1e-3)
        told = ~np.isnan(found).any(axis=1)
        if not shares[told].all():  # logits, or similarities
            found = softmax(found).astype(np.float32)
        return found
    labels = system.labels(photos, rows)
    decided = np.eye(len(system.names), dtype=np.float32)[np.maximum(labels, 0)]
    decided[labels < 0] = np.nan
    return decided


def _judged(
    copy: Identifier, held_out: FaceSet, victim: IntArray, queries: int, unanswered: int
) -> ExtractedCopy:
    agrees = (copy.logits(held_out.images).argmax(axis=1) == victim) & (victim >= 0)
    held = HeldOut(held_out.ids, held_out.identity, victim)
    prior = victim == np.bincount(victim[victim >= 0]).argmax()
    above = difference(prior, agrees, held)
    return ExtractedCopy(
        copy,
        queries,
        unanswered,
        share(agrees, held),
        share(prior, held),
        above,
        of_what_is_left(above, float(prior.mean())),
    )
