"""What every filter of training photos promises: planted poison is found, none is at chance."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.mitigations.backdoor import TrainingFilter, backdoor_mitigations
from mitigations.backdoor.planted import (
    auc_within,
    gaussian,
    none_of,
    reordered,
    suspect,
    turned,
)

EMBEDDED = (
    "activation_clustering",
    "beatrix",
    "deep_knn",
    "scan_statistics",
    "spectral_signatures",
    "spectre",
)
ROUND = tuple(name for name in EMBEDDED if name != "beatrix")
"""Those that ask for distances alone; Beatrix multiplies entries."""


def build(name: str) -> TrainingFilter:
    member = backdoor_mitigations.build(name)
    assert isinstance(member, TrainingFilter)
    return member


def test_every_filter_is_tested() -> None:
    everything = map(backdoor_mitigations.get, backdoor_mitigations.names())
    filters = {one.name for one in everything if issubclass(one, TrainingFilter)}
    shipped = {name for name in filters if build(name).__module__.startswith("faceaudit.")}
    assert shipped == {*EMBEDDED, "repeated_overlays"}


@pytest.mark.parametrize("name", EMBEDDED)
def test_planted_poison_is_suspected_with_clean_photos(name: str) -> None:
    seen, clean, poison = gaussian()
    found = suspect(build(name), seen, clean)
    assert auc_within(found, seen, poison) > 0.95


@pytest.mark.parametrize("name", [n for n in EMBEDDED if n != "deep_knn"])
def test_planted_poison_is_suspected_without_clean_photos(name: str) -> None:
    """But for a deep k-NN, to which poison that lies together looks like any person."""
    seen, clean, poison = gaussian(poison=8)
    found = suspect(build(name), seen, none_of(clean))
    assert auc_within(found, seen, poison) > 0.95


@pytest.mark.parametrize("name", EMBEDDED)
def test_photos_that_were_planted_without_any_difference_are_at_chance(name: str) -> None:
    """In the mean over draws: the planted photos are the target's own, as any others."""
    aucs = []
    for seed in range(12):
        seen, clean, poison = gaussian(shift=0.0, seed=seed)
        aucs.append(auc_within(suspect(build(name), seen, clean), seen, poison))
    assert abs(np.mean(aucs) - 0.5) < 0.1


@pytest.mark.parametrize("name", EMBEDDED)
def test_the_order_of_photos_changes_nothing(name: str) -> None:
    seen, clean, _ = gaussian()
    order = np.random.default_rng(3).permutation(len(seen))
    member = build(name)
    first, second = suspect(member, seen, clean), suspect(member, reordered(seen, order), clean)
    np.testing.assert_allclose(second.photos, first.photos[order], rtol=2e-3, atol=2e-3)
    np.testing.assert_allclose(second.people, first.people, rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize("name", ROUND)
def test_turned_embeddings_are_suspected_alike(name: str) -> None:
    seen, clean, _ = gaussian()
    member = build(name)
    first, second = suspect(member, seen, clean), suspect(member, turned(seen), turned(clean))
    np.testing.assert_allclose(second.photos, first.photos, rtol=5e-3, atol=5e-3)
    np.testing.assert_allclose(second.people, first.people, rtol=5e-3, atol=5e-3)


@pytest.mark.parametrize("name", EMBEDDED)
def test_people_without_photos_or_with_one_alone_are_no_obstacle(name: str) -> None:
    seen, clean, _ = gaussian()
    one = int(np.flatnonzero(seen.label == 5)[0])
    rows = np.flatnonzero((seen.label != 4) & ((seen.label != 5) | (np.arange(len(seen)) == one)))
    found = suspect(build(name), reordered(seen, rows), clean)
    assert np.isnan(found.people[4])


@pytest.mark.parametrize("name", EMBEDDED)
def test_constant_embeddings_give_numbers(name: str) -> None:
    seen, clean, _ = gaussian()
    seen.embeddings[:] = 1.0
    clean.embeddings[:] = 1.0
    suspect(build(name), seen, clean)


@pytest.mark.parametrize(
    "name",
    ["activation_clustering", "beatrix", "scan_statistics", "spectral_signatures"],
)
def test_the_target_is_suspected_most_where_poison_lies_apart(name: str) -> None:
    seen, clean, _ = gaussian()
    found = suspect(build(name), seen, clean)
    assert np.nanargmax(found.people) == 3


@pytest.mark.parametrize("name", ["activation_clustering", "beatrix", "scan_statistics"])
def test_without_poison_any_person_may_be_suspected_most(name: str) -> None:
    named = set()
    for seed in range(8):
        seen, clean, _ = gaussian(poison=0, seed=seed)
        named.add(int(np.nanargmax(suspect(build(name), seen, clean).people)))
    assert len(named) > 2
