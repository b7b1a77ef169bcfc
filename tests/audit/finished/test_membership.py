"""Members told from non-members by answers alone, and the lists that say who they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from audit.finished.answers import Told, ToldPairs
from audit.finished.doors import MadeSystem
from faceaudit.audit.finished.list_checks import looks_of
from faceaudit.audit.finished.lists import Listed, PairRecords, genuine_pairs, read_lists
from faceaudit.audit.finished.membership import tell_members
from faceaudit.audit.finished.plan import FinishedPlan
from faceaudit.errors import InputError, PairsError
from faceaudit.types import Estimate, FaceSet, IntArray
from helpers.faces import blocks

FACES = blocks(60, 6, (55, 47))
MEMBER = np.array([int(id_[-3:]) % 2 == 0 for id_ in FACES.ids])
"""Every other photo of everybody was trained on."""
HALF = np.isin(FACES.identity, np.random.default_rng(6).permutation(60)[:30])
"""Or all photos of half of the people."""


def plan_of(folder: Path, listed: str, members: list[str], nonmembers: list[str]) -> FinishedPlan:
    for name, lines in (("members", members), ("nonmembers", nonmembers)):
        (folder / name).write_text("\n".join(lines), "utf-8")
    return FinishedPlan(
        faces="stand_ins",
        systems=["made"],
        members=str(folder / "members"),
        nonmembers=str(folder / "nonmembers"),
        listed=listed,
    )


def photos(member: np.ndarray = MEMBER) -> Listed:
    order = np.argsort(~member, kind="stable")
    return Listed(None, order, member[order], ())


def margins(lead: float, seed: int = 0) -> np.ndarray:
    """(N, 60) scores; the own person leads by noise, and by `lead` more on members' photos."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(len(FACES), 60))
    scores[np.arange(len(FACES)), FACES.identity] += 3 + lead * MEMBER
    return scores.astype(np.float32)


def identifier(scores: np.ndarray, *, with_scores: bool = True) -> Told:
    return Told(
        FACES.names,
        lambda _, rows: scores[rows].argmax(axis=1),
        scores=(lambda _, rows: scores[rows]) if with_scores else None,
    )


def tell(system: object, listed: Listed, what: str, *, strict: bool = False) -> dict[str, Estimate]:
    found = tell_members(system, FACES, listed, what=what, strict=strict, seed=0)  # type: ignore[arg-type]
    return {figure.metric: figure.estimate for figure in found.figures}  # type: ignore[misc]


def test_a_margin_that_members_have_is_the_auc_of_scikit_learn() -> None:
    scores = margins(1.0)
    found = tell(identifier(scores), photos(), "photos")
    own = scores[np.arange(len(FACES)), FACES.identity].astype(np.float64)
    rest = scores.copy()
    rest[np.arange(len(FACES)), FACES.identity] = -np.inf
    expected = roc_auc_score(MEMBER, own - rest.max(axis=1))
    assert found["auc:photos"].value == pytest.approx(expected)
    assert found["auc:photos"].low > 0.5
    assert "60 + 60 clusters" in found["auc:photos"].method
    assert found["tpr@fpr=0.1:photos"] is not None
    assert found["tpr@fpr=0.01:photos"] is None, "1,000 non-members are needed"


@pytest.mark.slow
def test_where_nothing_leaks_the_interval_holds_one_half() -> None:
    held = 0
    for seed in range(40):
        found = tell(identifier(margins(0.0, seed)), photos(), "photos")["auc:photos"]
        held += found.low <= 0.5 <= found.high
    assert held >= 35


def test_labels_alone_tell_members_by_being_right() -> None:
    scores = margins(2.0)
    found = tell(identifier(scores, with_scores=False), photos(), "photos")
    right = scores.argmax(axis=1) == FACES.identity
    expected = 0.5 + (right[MEMBER].mean() - right[~MEMBER].mean()) / 2
    assert found["auc:photos"].value == pytest.approx(expected)


def test_photos_of_strangers_are_left_out() -> None:
    scores = margins(1.0)
    known = Told(
        FACES.names[:40],
        lambda _, rows: scores[rows].argmax(axis=1),
        scores=lambda _, rows: scores[rows][:, :40],
    )
    found = tell_members(known, FACES, photos(), what="photos", strict=False, seed=0)
    facts = found.facts["membership"].model_dump()
    assert (facts["members"], facts["nonmembers"]) == (120, 120)
    nobody = Told(("Ann",), lambda _, rows: rows * 0)
    found = tell_members(nobody, FACES, photos(), what="photos", strict=False, seed=0)
    assert found.figures[0].why_none == (
        "expected photos of people whom it knows among members and non-members, got 0 and 0"
    )


def test_an_embedder_gives_people_away_whose_photos_lie_closer() -> None:
    """Members' photos lie closer together, as training brings them: people are told apart."""

    class Closer(type(MadeSystem(role="embedder").open(cache=Path()))):  # type: ignore[misc]
        def embed(self, faces: FaceSet, rows: IntArray | None = None) -> np.ndarray:
            at = np.arange(len(faces)) if rows is None else rows
            who = np.random.default_rng(0).normal(size=(60, 16))[faces.identity[at]]
            noise = np.random.default_rng(1).normal(size=(len(faces), 16))[at]
            wide = np.where(self.leaks & HALF[at], 0.6, 1.0)
            return (who + wide[:, None] * noise).astype(np.float32)

    for leaks in (True, False):
        system = Closer(MadeSystem(role="embedder"))
        system.leaks = leaks
        found = tell(system, photos(HALF), "people")
        assert set(found) == {"auc:people", "tpr@fpr=0.01:people", "tpr@fpr=0.1:people"}
        assert (found["auc:people"].low > 0.5) == leaks
        assert found["auc:people"].n == 30


def test_pairs_of_either_kind_are_ranked_within_their_kind() -> None:
    """Genuine pairs score far above impostor pairs, which says nothing of membership."""
    first = np.arange(0, 360, 2)
    second = np.where(np.arange(180) % 2, first + 1, (first + 8) % 360)
    member = FACES.identity[first] % 2 == 0
    pairs = PairRecords(first, second, member)
    same = FACES.identity[first] == FACES.identity[second]
    noise = np.random.default_rng(0).normal(size=180)
    edge = {(int(a), int(b)): place for place, (a, b) in enumerate(zip(first, second, strict=True))}

    def score(_: FaceSet, one: IntArray, two: IntArray) -> list[float]:
        places = [edge[int(a), int(b)] for a, b in zip(one, two, strict=True)]
        right = 2.0 * member[places] + noise[places]
        return np.where(same[places], 50 + right, -right).tolist()

    listed = Listed(pairs, np.empty(0, dtype=np.int64), np.empty(0, dtype=bool), ())
    found = tell(ToldPairs(score), listed, "pairs")
    right = 2.0 * member + noise
    ranks = np.empty(180)
    for kind in (True, False):
        some = right[same == kind]
        ranks[same == kind] = (some[:, None] > some[None]).mean(axis=1)
    assert found["auc:pairs"].value == pytest.approx(roc_auc_score(member, ranks))
    assert "people" in found["auc:pairs"].method


def test_decisions_alone_and_pairs_without_one() -> None:
    def decide(faces: FaceSet, first: IntArray, _: IntArray) -> np.ndarray:
        return np.where(first % 7 == 0, -1, HALF[first].astype(int))

    found = tell(ToldPairs(decide=decide), photos(HALF), "people")
    assert found["auc:people"].value == 1.0


def test_what_an_identifier_cannot_be_asked_is_said() -> None:
    scores = margins(0.0)
    found = tell_members(
        identifier(scores), FACES, photos(HALF), what="people", strict=False, seed=0
    )
    assert "people can be asked about where it gives embeddings" in found.figures[0].why_none
    assert found.asked == 0


def test_lists_that_differ_in_brightness_fail_their_checks() -> None:
    """Members' photos are brighter: the blind baseline tells them without asking."""
    images = np.where(HALF[:, None, None, None], 60 + FACES.images * 0.6, FACES.images * 0.6)
    faces = FaceSet(images.astype(np.uint8), FACES.identity, FACES.names, FACES.ids, FACES.group)
    system = MadeSystem(role="embedder").open(cache=Path())
    found = tell_members(system, faces, photos(HALF), what="people", strict=False, seed=0)
    facts = found.facts["membership"].model_dump()
    assert facts["outcome"] == "failed"
    blind = next(check for check in facts["checks"] if check["name"] == "blind baseline")
    assert blind["passed"] is False
    assert "brightness" in blind["message"]
    strict = tell_members(system, faces, photos(HALF), what="people", strict=True, seed=0)
    assert {figure.estimate for figure in strict.figures} == {None}
    assert strict.figures[0].why_none.startswith("the lists' checks: 1 check failed")
    assert strict.asked == 0, "nothing is asked for lists that carry no figure"


def test_checks_for_people_apart_are_for_lists_of_other_people() -> None:
    names = [
        {check["name"] for check in found.facts["membership"].model_dump()["checks"]}
        for found in (
            tell_members(system, FACES, listed, what="photos", strict=False, seed=0)
            for system, listed in (
                (identifier(margins(0.0)), photos()),
                (MadeSystem(role="embedder").open(cache=Path()), photos()),
                (MadeSystem(role="embedder").open(cache=Path()), photos(HALF)),
            )
        )
    ]
    assert "shared people" not in names[0] | names[1]
    assert "shared people" in names[2]
    assert all("adaptive attacker" not in found for found in names)


def test_looks_are_those_of_a_plain_count() -> None:
    rows = np.array([3, 40])
    grey = FACES.images[rows].astype(np.float64).mean(axis=3)
    found = looks_of(FACES, rows)
    np.testing.assert_allclose(found[:, 0], grey.reshape(2, -1).mean(axis=1))
    np.testing.assert_allclose(found[:, 1], grey.reshape(2, -1).std(axis=1))
    sharp = [
        np.var(
            [
                4 * one[y, x] - one[y - 1, x] - one[y + 1, x] - one[y, x - 1] - one[y, x + 1]
                for y in range(1, 54)
                for x in range(1, 46)
            ]
        )
        for one in grey
    ]
    np.testing.assert_allclose(found[:, 2], sharp)


def test_lists_of_photos_people_and_pairs_are_read(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "people", ["person-1", "nobody", "person-1"], ["person-2"])
    listed = read_lists(plan, FACES)
    assert FACES.identity[listed.photos].tolist() == [1] * 6 + [2] * 6
    assert listed.member.tolist() == [True] * 6 + [False] * 6
    assert [(out.id, out.reason) for out in listed.left_out] == [
        ("nobody", "expected a person of the faces")
    ]
    name = FACES.ids[7].rpartition("/")[2]
    plan = plan_of(tmp_path, "photos", [FACES.ids[0], FACES.ids[0] + ".jpg"], [FACES.ids[7], name])
    listed = read_lists(plan, FACES)
    assert listed.photos.tolist() == [0, 7]
    assert [out.id for out in listed.left_out] == [name], "several photos are called so"
    line = f"{FACES.ids[0]} {FACES.ids[1]} 1"
    plan = plan_of(tmp_path, "pairs", [line], [f"{FACES.ids[2]} {FACES.ids[9]} 0"])
    pairs = read_lists(plan, FACES).pairs
    assert pairs is not None
    assert (pairs.first.tolist(), pairs.second.tolist()) == ([0, 2], [1, 9])
    assert pairs.member.tolist() == [True, False]


def test_lists_that_cannot_be_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="got 'person-1' in both lists; take it out of one"):
        read_lists(plan_of(tmp_path, "people", ["person-1"], ["person-1", "person-2"]), FACES)
    with pytest.raises(InputError, match=r"one a line, got none of 1; they are called 'person-0'"):
        read_lists(plan_of(tmp_path, "people", ["Ann"], ["person-1"]), FACES)
    with pytest.raises(PairsError):
        read_lists(plan_of(tmp_path, "pairs", ["person-1"], ["person-2"]), FACES)


def test_genuine_pairs_of_a_person_ask_about_few_photos() -> None:
    pairs = genuine_pairs(FACES, photos(), per_person=3, seed=0)
    assert len(pairs.member) == 2 * 60 * 3
    assert (FACES.identity[pairs.first] == FACES.identity[pairs.second]).all()
    np.testing.assert_array_equal(MEMBER[pairs.first], pairs.member)
    np.testing.assert_array_equal(MEMBER[pairs.second], pairs.member)
    both = np.sort(np.column_stack([pairs.first, pairs.second]), axis=1)
    assert len(np.unique(both, axis=0)) == 360
    assert len(genuine_pairs(FACES, photos(), per_person=1, seed=0).member) == 120
