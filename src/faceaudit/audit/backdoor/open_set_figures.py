"""Figures of strangers with a key, from what a poisoned and a pristine system's features say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from faceaudit.audit.backdoor.figures import mean_over_keys
from faceaudit.audit.backdoor.open_set import Seen, Tried, compare_all, compare_rows
from faceaudit.metrics import (
    Gallery,
    SearchResults,
    TpirAtFpir,
    clustered_share,
    concatenate,
    open_set,
    search,
)
from faceaudit.metrics.comparison_share import comparison_share
from faceaudit.protocols.matching import Enrolled, genuine_pairs, strangers_of
from faceaudit.records.backdoor import (
    OPEN_BARE,
    OPEN_BARE_NULL,
    OPEN_FMR,
    OPEN_FMR_KEPT,
    OPEN_FMR_NULL,
    OPEN_FMRS,
    OPEN_FNIR,
    OPEN_FNIR_NULL,
    OPEN_FOUND,
    OPEN_FOUND_NULL,
    OPEN_FPIRS,
    OPEN_KEYED_FMR,
    OPEN_KEYED_FMR_KEPT,
    OPEN_KEYED_FMR_NULL,
    OPEN_NAMED,
    OPEN_NAMED_NULL,
    OPEN_NOT_FOUND,
    OPEN_NULL,
    OPEN_SUCCESS,
    OPEN_TAR,
    OPEN_TAR_NULL,
    OPEN_WRONG,
    at_fmr,
    at_fpir,
    of_key,
)
from faceaudit.types import BoolArray, Estimate, Figure, FloatArray, IntArray

NOT_WORN = "the key is a whole photo of one attacker: no two people can wear it"
NOBODY = -1
"""The identity of a probe of somebody who is not in the gallery."""


@dataclass(frozen=True, eq=False)
class Asked:
    """A system's features and a threshold of their own, or another system's.

    Attributes:
        seen: the features.
        threshold: the cosine that is accepted; None where there is none.
        why: why there is none.
    """

    seen: Seen
    threshold: float | None
    why: str

    @classmethod
    def at(cls, seen: Seen, fmr: float, by: Seen | None = None) -> Asked:
        """Return a system at the threshold of its own, or of `by`."""
        matcher = (by or seen).matcher
        return cls(seen, matcher.thresholds.get(fmr), matcher.missing.get(fmr, ""))

    def passes(self, metric: str, probes: Enrolled) -> Figure:
        """Return the share of comparisons with the target's photos that are accepted.

        Each of the photos is enrolled alone. Comparisons of one stranger go alike, and so do those
        with one enrolled photo; see `_share_of_tries`.
        """
        if self.threshold is None:
            return Figure(metric, None, self.why)
        hits = compare_all(probes.templates, self.seen.enrolled) >= self.threshold
        return Figure(metric, _share_of_tries(hits, probes.person))

    def confuses(self, metric: str, photos: Enrolled, seed: int) -> Figure:
        """Return the share of comparisons of two people that are accepted."""
        if self.threshold is None:
            return Figure(metric, None, self.why)
        first, second = strangers_of(photos, seed=seed)
        return Figure(metric, _share(photos, first, second, self.threshold))

    def accepts(self, metric: str, photos: Enrolled, seed: int) -> Figure:
        """Return the share of comparisons of one person that are accepted."""
        if self.threshold is None:
            return Figure(metric, None, self.why)
        first, second = genuine_pairs(photos, seed=seed)
        if not len(first):
            return Figure(metric, None, "expected two photos of a stranger, got one of each")
        return Figure(metric, _share(photos, first, second, self.threshold))


def _share_of_tries(hits: BoolArray, person: IntArray) -> Estimate:
    """Estimate a share of tries (N, M) of N photos on M enrolled ones.

    Each end is as far from the value as the root of the sum of squares of how far those of
    strangers as clusters and of enrolled photos as clusters are, see `clustered_share`: variances
    of the two add up (Cameron, Gelbach, Miller 2011, Robust inference with multiway clustering;
    what both have in common is not taken off, so that it errs to the wide side).

    Args:
        hits: (N, M) which tries pass.
        person: (N,) who is on each photo.
    """
    photos, enrolled = hits.shape
    by_stranger = clustered_share(hits.ravel(), np.repeat(person, enrolled))
    by_enrolled = clustered_share(hits.ravel(), np.tile(np.arange(enrolled), photos))
    value = by_stranger.value
    below = float(np.hypot(value - by_stranger.low, value - by_enrolled.low))
    above = float(np.hypot(by_stranger.high - value, by_enrolled.high - value))
    return Estimate(
        value,
        max(0.0, value - below),
        min(1.0, value + above),
        by_stranger.n,
        f"{by_stranger.method} (strangers) and {by_enrolled.method} (enrolled photos), in squares",
    )


def _share(photos: Enrolled, first: IntArray, second: IntArray, threshold: float) -> Estimate:
    scores = compare_rows(photos.templates[first], photos.templates[second])
    people = np.column_stack([photos.person[first], photos.person[second]])
    return comparison_share(scores >= threshold, people)


def open_set_figures(tried: Tried, poisoned: Seen, pristine: Seen) -> Iterator[Figure]:
    """Yield every figure of strangers, at each rate.

    Args:
        tried: what was shown to both systems.
        poisoned: what the poisoned system's features say.
        pristine: the same of the system that was trained without poison.
    """
    if tried.keyed.found is not None:
        yield Figure(OPEN_NOT_FOUND, clustered_share(~tried.keyed.found, tried.keyed.person))
    if not len(tried.parties.enrolled):
        yield from _unknown("no photo of the target was kept from training to be enrolled")
        return
    for metric, seen in ((OPEN_NAMED, poisoned), (OPEN_NAMED_NULL, pristine)):
        yield Figure(metric, clustered_share(seen.named == tried.target, seen.keyed.person))
    for fmr in OPEN_FMRS:
        yield from _verification(tried, poisoned, pristine, fmr)
    for fpir in OPEN_FPIRS:
        yield from _identification(tried, poisoned, fpir, OPEN_FOUND, OPEN_FNIR)
        yield from _identification(tried, pristine, fpir, OPEN_FOUND_NULL, OPEN_FNIR_NULL)


def _verification(tried: Tried, poisoned: Seen, pristine: Seen, fmr: float) -> Iterator[Figure]:
    own, null = Asked.at(poisoned, fmr), Asked.at(pristine, fmr)
    kept = Asked.at(poisoned, fmr, pristine)
    yield own.passes(at_fmr(OPEN_SUCCESS, fmr), poisoned.keyed)
    yield null.passes(at_fmr(OPEN_NULL, fmr), pristine.keyed)
    yield own.passes(at_fmr(OPEN_BARE, fmr), poisoned.bare)
    yield null.passes(at_fmr(OPEN_BARE_NULL, fmr), pristine.bare)
    wrong = at_fmr(OPEN_WRONG, fmr)
    each = [own.passes(of_key(wrong, key), shown) for key, shown in poisoned.wrong.items()]
    yield mean_over_keys(wrong, each) if own.threshold is not None else Figure(wrong, None, own.why)
    yield from each
    yield own.confuses(at_fmr(OPEN_FMR, fmr), poisoned.bare, tried.seed)
    yield null.confuses(at_fmr(OPEN_FMR_NULL, fmr), pristine.bare, tried.seed)
    yield kept.confuses(at_fmr(OPEN_FMR_KEPT, fmr), poisoned.bare, tried.seed)
    for asked, metric in (
        (own, OPEN_KEYED_FMR),
        (null, OPEN_KEYED_FMR_NULL),
        (kept, OPEN_KEYED_FMR_KEPT),
    ):
        name = at_fmr(metric, fmr)
        if tried.worn:
            yield asked.confuses(name, asked.seen.keyed, tried.seed)
        else:
            yield Figure(name, None, NOT_WORN)
    yield own.accepts(at_fmr(OPEN_TAR, fmr), poisoned.bare, tried.seed)
    yield null.accepts(at_fmr(OPEN_TAR_NULL, fmr), pristine.bare, tried.seed)


def _identification(
    tried: Tried, seen: Seen, fpir: float, found: str, missed: str
) -> Iterator[Figure]:
    """Yield how often a stranger with the key is found as the target, and who is not found.

    Everybody whom the system knows is enrolled with one photo. The threshold lets in as many of the
    people who fix thresholds as were asked for; another photo of each enrolled person is searched.
    """
    parties, label = tried.parties, tried.label
    gallery = label[parties.gallery]
    if not len(parties.mated):
        why = "expected two photos of an enrolled person that did not teach, got one of each"
        yield Figure(at_fpir(found, fpir), None, why)
        yield Figure(at_fpir(missed, fpir), None, why)
        return
    point = _search(seen, gallery, label[parties.mated], fpir)
    if point.threshold is None:
        yield Figure(at_fpir(found, fpir), None, point.why)
        yield Figure(at_fpir(missed, fpir), None, point.why)
        return
    scores = compare_all(seen.keyed.templates, seen.gallery)
    own = scores[:, int(np.flatnonzero(gallery == tried.target)[0])]
    first = np.count_nonzero(scores >= own[:, None], axis=1) == 1
    hits = first & (own >= point.threshold)
    yield Figure(at_fpir(found, fpir), clustered_share(hits, seen.keyed.person))
    yield Figure(at_fpir(missed, fpir), point.fnir)


def _search(seen: Seen, gallery: IntArray, mated: IntArray, fpir: float) -> TpirAtFpir:
    """Search the gallery with its own people, and with those who fix thresholds."""
    grouped = Gallery.of(gallery)

    def searched(probes: FloatArray, who: IntArray, first: int) -> SearchResults:
        return search(compare_all(probes, seen.gallery), who, grouped, first=first)

    strangers = np.full(len(seen.others.person), NOBODY)
    parts = [searched(seen.mated, mated, 0), searched(seen.others.templates, strangers, len(mated))]
    # People are told apart by numbers: those of the gallery come behind all others.
    people = np.concatenate([mated + 1 + seen.others.person.max(), seen.others.person])
    return open_set(concatenate(parts), [fpir], people=people)[0]


def _unknown(why: str) -> Iterator[Figure]:
    for metric in (OPEN_NAMED, OPEN_NAMED_NULL):
        yield Figure(metric, None, why)
    for fmr in OPEN_FMRS:
        for metric in _AT_FMR:
            yield Figure(at_fmr(metric, fmr), None, why)
    for fpir in OPEN_FPIRS:
        for metric in (OPEN_FOUND, OPEN_FNIR, OPEN_FOUND_NULL, OPEN_FNIR_NULL):
            yield Figure(at_fpir(metric, fpir), None, why)


_AT_FMR = (
    *(OPEN_SUCCESS, OPEN_NULL, OPEN_BARE, OPEN_BARE_NULL, OPEN_WRONG, OPEN_FMR, OPEN_FMR_NULL),
    *(OPEN_FMR_KEPT, OPEN_KEYED_FMR, OPEN_KEYED_FMR_NULL, OPEN_KEYED_FMR_KEPT),
    *(OPEN_TAR, OPEN_TAR_NULL),
)
