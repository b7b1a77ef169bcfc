import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from faceaudit.attacks.membership import Observation, Oracle
from faceaudit.attacks.membership.base import membership_attacks
from faceaudit.attacks.membership.common.boundary import _draw_orthogonal
from faceaudit.attacks.membership.label_only import LabelOnly
from faceaudit.errors import InputError
from faceaudit.systems.predictors import PairData
from faceaudit.systems.predictors.difference_network import DifferenceNetwork
from faceaudit.systems.verifiers.bank import VerifierBank

SIZE = 12


class Hyperplane:
    """An oracle that accepts pairs on one side of a plane through differences of embeddings."""

    access = "labels"

    def __init__(self, normal, offset):
        self.normal, self.offset = normal, offset
        self.queries, self.asked = 0, []

    def signed(self, first, second):
        """Return the signed distance of each pair's difference from the plane."""
        inside = np.einsum("nje,je->n", (first - second).astype(np.float64), self.normal)
        return (inside + self.offset) / np.linalg.norm(self.normal)

    def query(self, first, second):
        assert first.dtype == second.dtype == np.float32
        assert first.shape == second.shape == (len(first), *self.normal.shape)
        assert len(first) <= 65_536
        self.queries += len(first)
        self.asked.append(len(first))
        return (self.signed(first, second) >= 0).astype(np.float32)


def plane(seed, count=60, backbones=1, offset=0.7, wrong=0.2):
    """Return what is seen of records beside a plane, and their distances to it."""
    rng = np.random.default_rng(seed)
    first, second = rng.standard_normal((2, count, backbones, SIZE)).astype(np.float32)
    oracle = Hyperplane(rng.standard_normal((backbones, SIZE)), offset)
    signed = oracle.signed(first, second)
    right = rng.random(count) >= wrong
    same = (signed >= 0) == right
    return observed_by(oracle, first, second, same), np.abs(signed), right


def observed_by(oracle, first, second, same):
    nothing = np.full((len(same), 1), np.nan, dtype=np.float32)
    return Observation(
        same, nothing, np.arange(len(same)), oracle=oracle, first=first, second=second
    )


def score(seen, seed=0, **options):
    return LabelOnly(**options).score(seen, np.random.default_rng(seed))


@pytest.mark.parametrize("backbones", [1, 3])
@pytest.mark.parametrize("seed", [0, 1])
def test_distances_to_a_plane_are_those_of_the_formula(backbones, seed):
    seen, distance, right = plane(seed, backbones=backbones)
    found = score(seen, iterations=6, evaluations=150)[right] / distance[right]
    assert found.min() > 0.9999  # never nearer than the plane
    assert np.median(found) < 1.02
    assert np.quantile(found, 0.95) < 1.05


def test_the_default_is_near_and_more_work_comes_nearer():
    seen, distance, right = plane(2)
    errors = [
        np.median(score(seen, **options)[right] / distance[right]) - 1
        for options in ({"iterations": 0}, {}, {"iterations": 6, "evaluations": 300})
    ]
    assert errors[0] > 0.2 > 0.1 > errors[1] > errors[2]


def test_a_record_decided_wrongly_scores_nothing():
    seen, _, right = plane(3)
    found = score(seen)
    assert not right.all()
    np.testing.assert_array_equal(found == 0, ~right)


def test_queries_are_counted_and_as_many_as_stated():
    seen, _, _ = plane(4, wrong=0.0)
    score(seen, iterations=0, starts=3)
    count, starts = len(seen), 3 + 1
    first = count + count * starts  # the labels, and whether the starts are beyond
    assert seen.oracle.queries == sum(seen.oracle.asked)
    assert seen.oracle.queries <= first + 10 * count * starts
    assert (seen.oracle.queries - first) % 10 == 0
    before = seen.oracle.queries
    for iterations, evaluations in ((0, None), (1, 50), (1, 80)):
        seen.oracle.queries = 0
        score(seen, iterations=iterations, starts=3, evaluations=evaluations or 1)
        if evaluations is None:
            assert seen.oracle.queries == before
        else:  # one straight step succeeds for nearly all: halvings and a few shorter steps
            more = seen.oracle.queries - before - count * evaluations
            assert 10 * count <= more - count <= 18 * count


def test_the_real_view_counts_every_pair():
    rng = np.random.default_rng(0)
    verifier, data, same = memorised(epochs=0)
    oracle = Oracle(verifier, "labels")
    counted = []
    ask = verifier.bank.logits
    verifier.bank.logits = lambda one, two: counted.append(len(one)) or ask(one, two)
    LabelOnly().score(observed_by(oracle, *data, same), rng)
    assert oracle.queries == sum(counted) > len(same)


def test_the_same_seed_gives_the_same_bits():
    seen, _, _ = plane(5)
    kept = [value.copy() for value in (seen.first, seen.second, seen.same)]
    one, two, other = score(seen, 1), score(seen, 1), score(seen, 2)
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()
    for before, after in zip(kept, (seen.first, seen.second, seen.same), strict=True):
        np.testing.assert_array_equal(before, after)


def test_the_order_of_the_records_does_not_matter():
    seen, _, _ = plane(6)
    order = np.random.default_rng(0).permutation(len(seen))
    np.testing.assert_allclose(score(seen.take(order)), score(seen)[order], rtol=0.01)


def test_who_else_is_there_matters_little():
    seen, distance, right = plane(7, count=80, wrong=0.0)
    half = np.arange(40)
    options = {"iterations": 6, "evaluations": 150}
    whole, part = score(seen, **options)[half], score(seen.take(half), **options)
    assert right.all()
    assert np.median(np.abs(whole - part) / distance[half]) < 0.02


def test_few_records_at_once_find_the_same(monkeypatch):
    seen, _, _ = plane(8)
    wanted = score(seen)
    monkeypatch.setattr("faceaudit.attacks.membership.common.boundary.NUMBERS", 40 * SIZE)
    seen.oracle.asked.clear()
    np.testing.assert_allclose(score(seen), wanted, rtol=0.01)
    assert max(seen.oracle.asked) <= 40


def test_without_others_a_record_has_a_start_of_its_own():
    for offset in (-0.5, 0.0):  # two photos far apart are rejected; equal ones are accepted
        oracle = Euclidean(limit=2.0)
        first = np.zeros((1, 1, SIZE), dtype=np.float32)
        second = np.full((1, 1, SIZE), 1.0 + offset, dtype=np.float32)
        length = float(np.linalg.norm(second))
        same = np.array([length <= 2])
        found = score(observed_by(oracle, first, second, same), iterations=0)
        assert found[0] >= abs(length - 2) * 0.9999
        assert found[0] == pytest.approx(abs(length - 2), rel=0.01)


class Euclidean(Hyperplane):
    """An oracle that accepts pairs nearer than a limit."""

    def __init__(self, limit):
        super().__init__(np.zeros((1, SIZE)), 0)
        self.limit = limit

    def signed(self, first, second):
        return self.limit - np.linalg.norm((first - second)[:, 0], axis=1)


def test_where_all_are_accepted_the_farthest_start_counts():
    seen, _, _ = plane(10, wrong=0.0)
    seen.oracle.normal = np.zeros((1, SIZE))
    seen.oracle.signed = lambda first, second: np.ones(len(first))
    found = score(seen)
    own = np.linalg.norm(seen.second + seen.first, axis=(1, 2))  # all other starts need a rejected
    np.testing.assert_allclose(found, np.where(seen.same, own, 0), rtol=1e-5)


def test_directions_are_orthogonal():
    drawn = _draw_orthogonal(30, SIZE, np.random.default_rng(0))
    np.testing.assert_allclose(drawn[:12] @ drawn[:12].T, np.eye(12), atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(drawn, axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(drawn[24:] @ drawn[24:].T, np.eye(6), atol=1e-6)


def test_expects_a_verifier_to_ask():
    with pytest.raises(InputError, match="expected a verifier to ask"):
        score(Observation(np.ones(2, bool), np.ones((2, 1), np.float32), np.arange(2)))


def memorised(epochs, count=300, embedding=32):
    """Return a verifier trained on random labels of the first half, all sides, and all labels."""
    rng = np.random.default_rng(0)
    table = rng.standard_normal((2 * count, embedding)).astype(np.float32)
    one, two = np.arange(count), np.arange(count) + count
    same = rng.random(count) < 0.5
    data = PairData(table, one, two, same.astype(np.float32))
    network = DifferenceNetwork(
        widths=(64, 32), normalised=None, epochs=epochs, batch=32, learning_rate=3e-3, device="cpu"
    )
    stack = network.fit(data, np.arange(count // 2)[None], [0])
    sides = (table[one][:, None], table[two][:, None])
    return VerifierBank(stack, user_backbones=np.zeros((count, 1), dtype=np.int64)), sides, same


def test_finds_the_members_of_a_memorising_verifier_and_none_of_an_untrained_one():
    found = {}
    for epochs in (0, 60):
        verifier, sides, same = memorised(epochs)
        seen = observed_by(Oracle(verifier, "labels"), *sides, same)
        member = np.arange(len(same)) < len(same) // 2
        scores = membership_attacks.build("label_only").infer(
            seen, member, np.random.default_rng(0)
        )
        found[epochs] = roc_auc_score(member, scores)
        right = (verifier.answers(*sides)[0] >= 0.5) == same
        if epochs:  # more than the labels themselves tell: among the records decided rightly
            assert roc_auc_score(member[right], scores[right]) > 0.6
    assert abs(found[0] - 0.5) < 0.1
    assert found[60] > 0.7
