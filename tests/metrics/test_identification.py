"""Searches and comparisons, against sorted candidate lists and whole matrices."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from faceaudit.errors import InputError
from faceaudit.metrics import (
    Gallery,
    closed_set,
    cmc,
    compare,
    compare_people,
    concatenate,
    error_rates,
    mated_ranks,
    normalized,
    open_set,
    search,
    tar_at_far,
    tar_at_far_of,
    wilson,
)


def brute(row: np.ndarray, gallery: np.ndarray, person: int) -> tuple[float, int, int] | float:
    """Sort one probe's candidates: own score, its last and its first rank; or the top score."""
    best = {who: max(row[gallery == who]) for who in set(gallery.tolist())}
    if person not in best:
        return max(best.values())
    falling = sorted(best.values(), reverse=True)
    last = len(falling) - falling[::-1].index(best[person])
    return best[person], last, falling.index(best[person]) + 1


@settings(deadline=None)
@given(
    st.integers(1, 9), st.integers(1, 12), st.integers(1, 6), st.integers(2, 6), st.integers(0, 999)
)
def test_search_is_the_sorted_list(
    probes: int, templates: int, people: int, levels: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, levels, (probes, templates)).astype(np.float32)
    gallery, person = rng.integers(0, people, templates), rng.integers(0, people + 1, probes)
    found = search(scores, person, Gallery.of(gallery))
    expected = [brute(row, gallery, who) for row, who in zip(scores, person, strict=True)]
    mated = [row for row, one in enumerate(expected) if isinstance(one, tuple)]
    assert found.mated.tolist() == mated
    assert found.score.tolist() == [expected[row][0] for row in mated]
    last, first = ([expected[row][at] for row in mated] for at in (1, 2))
    assert mated_ranks(found).tolist() == last
    midway = mated_ranks(found, ties="midway").tolist()
    assert midway == [(one + other) / 2 for one, other in zip(last, first, strict=True)]
    assert found.top.tolist() == [one for one in expected if not isinstance(one, tuple)]
    assert found.people == len(set(gallery.tolist()))


def test_blocks_join_to_the_whole() -> None:
    rng = np.random.default_rng(0)
    scores, person = rng.random((9, 6)), rng.integers(0, 4, 9)
    gallery = Gallery.of(np.array([0, 2, 2, 1, 0, 1]))
    whole = search(scores, person, gallery)
    parts = concatenate(
        [search(scores[a:b], person[a:b], gallery, first=a) for a, b in ((0, 4), (4, 9))]
    )
    for name in ("mated", "score", "ahead", "tied", "nonmated", "top"):
        assert getattr(parts, name).tolist() == getattr(whole, name).tolist()


def test_closed_set_rates() -> None:
    rng = np.random.default_rng(0)
    person = np.arange(30)
    scores = rng.random((30, 30)) + np.eye(30) * 0.7
    found = search(scores, person, Gallery.of(person))
    places = [np.argsort(-row).tolist().index(at) + 1 for at, row in enumerate(scores)]
    rates = closed_set(found)
    for one in rates:
        assert one.rate == wilson(sum(place <= one.rank for place in places), 30)
    curve = cmc(found, 30)
    assert curve.share.tolist() == [np.mean([p <= k for p in places]) for k in range(1, 31)]
    assert (curve.share[0], curve.low[0]) == (rates[0].rate.value, rates[0].rate.low)
    assert curve.share[-1] == 1


def test_one_score_for_everybody_is_last_not_first() -> None:
    found = search(np.ones((4, 20)), np.arange(4), Gallery.of(np.arange(20)))
    assert mated_ranks(found).tolist() == [20] * 4
    assert mated_ranks(found, ties="midway").tolist() == [10.5] * 4
    assert closed_set(found)[0].rate.value == 0


def test_what_cannot_be_said_is_refused() -> None:
    gallery = Gallery.of(np.array([0, 1, 2]))
    mated = search(np.eye(3), np.arange(3), gallery)
    one, five = closed_set(mated, ranks=(1, 5))
    assert one.rate.value == 1
    assert (five.rate, five.why) == (None, "expected more than 5 identities in the gallery, got 3")
    (found,) = open_set(mated, [0.1])
    assert found.tpir is None
    assert found.why == "expected at least 10 non-mated probes for a rate of 0.1, got 0"
    with pytest.raises(InputError, match="non-mated probes"):
        open_set(mated, [0.1], strict=True)
    strangers = search(np.eye(3), np.arange(3) + 9, gallery)
    with pytest.raises(InputError, match="at least one probe of somebody in the gallery"):
        closed_set(strangers)
    with pytest.raises(InputError, match="1 probes"):
        search(np.array([[np.nan, 0, 1]]), np.array([0]), gallery)
    with pytest.raises(InputError, match="1 probes"):
        search(np.array([[np.inf, 0, 1]]), np.array([0]), gallery)
    with pytest.raises(InputError, match=r"scores \(2, 3\)"):
        search(np.eye(3), np.arange(2), gallery)
    with pytest.raises(InputError, match="identities"):
        Gallery.of([])


@settings(deadline=None)
@given(st.integers(0, 999), st.sampled_from([0.05, 0.1, 0.5, 1.0]), st.integers(1, 3))
def test_open_set_against_all_thresholds(seed: int, fpir: float, within: int) -> None:
    rng = np.random.default_rng(seed)
    person = rng.integers(0, 10, 60)  # 0 to 4 are in the gallery
    scores = rng.integers(0, 12, (60, 5)) / 12 + (person[:, None] == np.arange(5)) * 0.4
    found = search(scores, person, Gallery.of(np.arange(5)))
    (one,) = open_set(found, [fpir], within=within)
    strangers, known = scores[person > 4], scores[person < 5]
    assume(len(strangers) * fpir >= 1)
    assert one.realised.n == len(strangers)
    tries = np.concatenate((np.unique(scores), [np.inf]))
    rates = []
    for limit in tries:
        if np.mean(strangers.max(axis=1) >= limit) <= fpir:
            own = known[np.arange(len(known)), person[person < 5]]
            place = np.sum(known >= own[:, None], axis=1)
            rates.append(np.mean((own >= limit) & (place <= within)))
    assert one.tpir.value == max(rates)
    assert one.fnir.value == pytest.approx(1 - one.tpir.value)
    assert one.realised.value == np.mean(strangers.max(axis=1) >= one.threshold)
    assert one.realised.value <= fpir


# All with all


@pytest.mark.parametrize("block", [None, 1, 7, 100])
def test_blocks_are_the_product(block: int | None) -> None:
    rng = np.random.default_rng(0)
    probes, gallery = (rng.standard_normal((n, 8)).astype(np.float32) for n in (23, 11))
    found = np.full((23, 11), np.nan)

    def consume(scores: np.ndarray, first: int) -> None:
        found[first : first + len(scores)] = scores

    compare(probes, gallery, consume, block=block)
    np.testing.assert_allclose(found, probes.astype(float) @ gallery.T.astype(float), atol=1e-5)


def photos(seed: int, count: int = 60, people: int = 12) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    person = rng.integers(0, people, count)
    centre = np.random.default_rng(99).standard_normal((people, 16))
    embeddings = normalized(centre[person] + 0.7 * rng.standard_normal((count, 16)))
    return embeddings.astype(np.float32), person


@pytest.mark.parametrize("block", [None, 1, 17])
def test_genuine_and_impostor_scores_are_told_apart(block: int | None) -> None:
    (probes, who), (gallery, whose) = photos(1), photos(2, 40, 9)
    found = compare_people(probes, gallery, who, whose, block=block)
    scores, genuine = probes @ gallery.T, who[:, None] == whose
    assert (found.genuine.total, found.impostor.total) == (genuine.sum(), (~genuine).sum())
    rates = tar_at_far_of(found.curve(), [0.01, 0.1])
    exact = tar_at_far(scores[genuine], scores[~genuine], [0.01, 0.1])
    for one, other in zip(rates, exact, strict=True):
        # The product's last bit may depend on the block's size.
        at = error_rates(scores[genuine], scores[~genuine], one.threshold)
        assert one.realised.value == pytest.approx(at.fmr.value, abs=2 / (~genuine).sum())
        assert one.tar.value == pytest.approx(other.tar.value, abs=2 / genuine.sum())
    whole = search(scores, who, Gallery.of(whose))
    assert found.searches.mated.tolist() == whole.mated.tolist()
    assert found.searches.ahead.tolist() == whole.ahead.tolist()
    assert found.searches.nonmated.tolist() == whole.nonmated.tolist()


@pytest.mark.parametrize("block", [None, 1, 17])
def test_a_set_with_itself_counts_each_pair_once(block: int | None) -> None:
    rows, who = photos(3, 50, 20)
    found = compare_people(rows, rows, who, who, itself=True, block=block)
    scores = rows @ rows.T
    upper = np.triu_indices(50, 1)
    genuine = (who[:, None] == who)[upper]
    assert found.genuine.total == genuine.sum()
    assert found.impostor.total == (~genuine).sum()
    edges, counts = found.impostor.bins()
    middle = float(edges[len(edges) // 2])
    expected = np.sum(scores[upper][~genuine] >= middle)
    assert abs(int(counts[edges >= middle].sum()) - expected) <= 1
    # Whoever has one photo is a stranger to the others; nobody finds themselves.
    alone = np.bincount(who)[who] == 1
    assert found.searches.nonmated.tolist() == np.flatnonzero(alone).tolist()
    np.fill_diagonal(scores, -np.inf)
    own = [scores[row, who == who[row]].max() for row in np.flatnonzero(~alone)]
    np.testing.assert_allclose(found.searches.score, own, rtol=1e-6)
    assert found.searches.top.max(initial=0) < 0.999


def test_compare_refuses() -> None:
    rows, who = photos(3)
    with pytest.raises(InputError, match="float32"):
        compare_people(rows.astype(float), rows, who, who)
    with pytest.raises(InputError, match=r"probes \(N, 16\)"):
        compare_people(rows[:, :8].copy(), rows, who, who)
    with pytest.raises(InputError, match="expected identities"):
        compare_people(rows, rows[:0], who, who[:0])
    with pytest.raises(InputError, match="probe identities"):
        compare_people(rows, rows, who[:-1], who)
    with pytest.raises(InputError, match="the same photos"):
        compare_people(rows, rows, who, who + 1, itself=True)
    broken = rows.copy()
    broken[3, 3] = np.nan
    with pytest.raises(InputError, match="expected finite scores"):
        compare_people(broken, rows, who, who)
    with pytest.raises(InputError, match="at least one probe a block"):
        compare(rows, rows, lambda *_: None, block=0)


def test_copies_of_probes_say_nothing_new_once_their_people_are_known() -> None:
    rng = np.random.default_rng(5)
    scores, who = rng.normal(size=(120, 40)), rng.integers(0, 60, 120)
    scores[np.arange(120), np.minimum(who, 39)] += 2 * (who < 40)
    copied, people = np.repeat(scores, 5, axis=0), np.repeat(np.arange(120), 5)
    plain = search(scores, who, Gallery.of(np.arange(40)))
    many = search(copied, np.repeat(who, 5), Gallery.of(np.arange(40)))
    found = {
        name: [closed_set(one, ranks=(1,), people=told)[0].rate, *rates(one, told)]
        for name, one, told in (
            ("plain", plain, None),
            ("blind", many, None),
            ("told", many, people),
        )
    }
    width = {name: np.array([each.high - each.low for each in of]) for name, of in found.items()}
    assert (width["blind"] < 0.6 * width["plain"]).all()
    assert width["told"] == pytest.approx(width["plain"], rel=0.2)
    assert [each.value for each in found["told"]] == [each.value for each in found["plain"]]
    band = cmc(many, 5, people=people)
    assert band.high[0] - band.low[0] == pytest.approx(width["told"][0], rel=0.05)
    with pytest.raises(InputError, match=r"expected people of all probes, \(N,\)"):
        closed_set(many, people=people[:100])


def rates(found, people):
    (point,) = open_set(found, [0.2], people=people)
    assert 1 - point.fnir.high == pytest.approx(point.tpir.low)
    return [point.tpir, point.realised]
