"""Systems in Python: what a function, an instance or a module gives, and what is no answer."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import faceaudit
from faceaudit.errors import InputError, OptionError
from faceaudit.systems.under_test import (
    Access,
    EmbedderUnderTest,
    IdentifierUnderTest,
    VerifierUnderTest,
    systems_under_test,
)
from faceaudit.types import FaceSet, FloatArray, ImageArray
from helpers.faces import blocks

SIZE = (16, 12)
PLAIN = {"mean": (0, 0, 0), "scale": (1, 1, 1)}


@pytest.fixture(scope="module")
def faces() -> FaceSet:
    return blocks(3, 6, size=SIZE)


def opened(value: object, cache: Path, **options: Any) -> Any:
    door = faceaudit.system_under_test(value, **{"size": SIZE, **options})
    return door.open(cache=cache, device="cpu")


def means(images: ImageArray) -> FloatArray:
    """Mean red, green and blue of each photo."""
    return images.mean(axis=(1, 2), dtype=np.float64).astype(np.float32)


def softmax(images: ImageArray) -> FloatArray:
    powers = np.exp(means(images) / 64)
    return powers / powers.sum(axis=1, keepdims=True)


def labels(images: ImageArray) -> np.ndarray:
    return means(images).argmax(axis=1)


def test_probabilities_are_an_identifier_s(faces: FaceSet, tmp_path: Path) -> None:
    system = opened(softmax, tmp_path)
    assert isinstance(system, IdentifierUnderTest)
    assert system.access == {Access.SCORES, Access.LABELS}
    np.testing.assert_array_equal(system.scores(faces), softmax(faces.images))
    np.testing.assert_array_equal(system.labels(faces), labels(faces.images))
    rows = np.array([4, 4, 1])
    np.testing.assert_array_equal(system.scores(faces, rows), softmax(faces.images[rows]))
    assert system.names == ("class-0", "class-1", "class-2")


def test_labels_alone_are_an_identifier_with_names(faces: FaceSet, tmp_path: Path) -> None:
    system = opened(labels, tmp_path, names=["r", "g", "b"])
    assert system.access == {Access.LABELS}
    np.testing.assert_array_equal(system.labels(faces), labels(faces.images))
    assert system.labels(faces).dtype == np.int64
    with pytest.raises(InputError, match="gives labels"):
        system.scores(faces)
    with pytest.raises(OptionError, match="expected the names"):
        opened(labels, tmp_path)
    with pytest.raises(InputError, match=r"an embedder, got .* gives labels"):
        opened(labels, tmp_path, role="embedder", names=["r", "g", "b"])
    few = opened(labels, tmp_path, names=["r"])
    with pytest.raises(InputError, match=r"labels in 0\.\.0, or -1 for nobody, got [12]"):
        few.labels(faces)


def test_nobody_is_a_label(faces: FaceSet, tmp_path: Path) -> None:
    middle = np.median(means(faces.images)[:, 0])

    def often_nobody(images: ImageArray) -> np.ndarray:
        return np.where(means(images)[:, 0] > middle, 0, -1).astype(np.int32)

    found = opened(often_nobody, tmp_path, names=["r"]).labels(faces)
    assert set(found) == {-1, 0}


def test_what_may_be_either_has_to_be_said(faces: FaceSet, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="3 numbers a photo that may be either; say role"):
        opened(means, tmp_path)
    with pytest.raises(OptionError, match="may be either"):
        opened(lambda images: means(images) * 0 + [2, -2, 1], tmp_path)
    embedder = opened(means, tmp_path, role="embedder")
    assert isinstance(embedder, EmbedderUnderTest)
    np.testing.assert_array_equal(embedder.embed(faces), means(faces.images))
    assert opened(means, tmp_path, role="identifier").role == "identifier"
    assert opened(means, tmp_path, names=["r", "g", "b"]).role == "identifier"
    with pytest.raises(InputError, match=r"an embedder, got .* an identifier"):
        opened(softmax, tmp_path, role="embedder")


def test_embeddings_of_length_one_are_an_embedder_s(faces: FaceSet, tmp_path: Path) -> None:
    def unit(images: ImageArray) -> FloatArray:
        found = means(images) - 128
        return found / np.linalg.norm(found, axis=1, keepdims=True)

    assert opened(unit, tmp_path).role == "embedder"


WRONG: dict[str, tuple[Callable[[Any], Any], str]] = {
    "rows": (lambda images: means(images)[:1], r"answer for each of 2 photos, got \(1, 3\)"),
    "one number": (lambda images: 3.0, r"answer for each of 2 photos, got \(\)"),
    "nothing": (lambda images: None, "numbers as one array or tensor, got NoneType"),
    "mapping": (lambda images: {"a": 1}, "got dict"),
    "text": (lambda images: ["ann"] * len(images), "got list of <U3"),
    "ragged": (lambda images: [[1.0], [1.0, 2.0]], "got list"),
    "float labels": (lambda images: np.zeros(len(images)), r"got float64 \(2,\) for 2"),
    "booleans": (lambda images: np.zeros(len(images), bool), r"got bool \(2,\) for 2"),
    "column": (lambda images: np.zeros((len(images), 1)), r"got float64 \(2, 1\)"),
    "whole scores": (lambda images: np.ones((len(images), 3), int), r"got int64 \(2, 3\)"),
    "maps": (lambda images: np.zeros((len(images), 3, 2)), r"got float64 \(2, 3, 2\)"),
    "not finite": (lambda images: means(images) * np.nan, "finite numbers, got NaN"),
    "infinite": (lambda images: means(images) * np.inf, "finite numbers, got NaN or infinity"),
    "failing": (lambda images: images @ images, r"got ValueError: .*test_python.py, line \d+"),
    "takes one": (lambda: 3, "got TypeError"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_no_answer_is_refused_by_name(case: str, tmp_path: Path) -> None:
    function, message = WRONG[case]
    with pytest.raises(InputError, match=message) as caught:
        opened(function, tmp_path, role="identifier", names=["a", "b", "c"])
    assert "expected" in str(caught.value)
    assert ";" in str(caught.value)


def test_a_photo_without_answer_is_unknown_only_where_that_was_said(
    faces: FaceSet, tmp_path: Path
) -> None:
    blind = faces.images[5].copy()

    def seeing(images: ImageArray) -> FloatArray:
        found = softmax(images)
        found[(images == blind).all(axis=(1, 2, 3))] = np.nan
        return found

    strict = opened(seeing, tmp_path)
    with pytest.raises(
        InputError, match=f"1 of 18, the first of them {faces.ids[5]!r}.*unanswered"
    ):
        strict.labels(faces)
    allowed = opened(seeing, tmp_path, unanswered=True, role="identifier")
    assert np.isnan(allowed.scores(faces)[5]).all()
    assert list(np.flatnonzero(allowed.labels(faces) == -1)) == [5]
    others = np.delete(np.arange(18), 5)
    np.testing.assert_array_equal(allowed.labels(faces, others), labels(faces.images[others]))

    def half(images: ImageArray) -> FloatArray:
        found = softmax(images)
        found[:, 1] = np.nan
        return found

    partly = opened(half, tmp_path, unanswered=True, role="identifier")
    with pytest.raises(InputError, match="NaN or infinity for 18 of 18"):
        partly.scores(faces)


def test_answers_that_depend_on_the_batch_are_refused(faces: FaceSet, tmp_path: Path) -> None:
    def relative(images: ImageArray) -> FloatArray:
        return means(images) - means(images).mean(axis=0)

    with pytest.raises(InputError, match=r"another answer beside others .* say batch: 1"):
        opened(relative, tmp_path, role="embedder")
    assert opened(relative, tmp_path, role="embedder", batch=1).embed(faces).shape == (18, 3)
    rng = np.random.default_rng(0)

    def drawn(images: ImageArray) -> FloatArray:
        return rng.normal(size=(len(images), 3))

    with pytest.raises(InputError, match=r"another answer a second time .*random"):
        opened(drawn, tmp_path, role="embedder", batch=1)

    def numbered(images: ImageArray) -> np.ndarray:
        return np.arange(len(images))

    with pytest.raises(InputError, match=r"another answer beside others \(\[0, 1\] and \[0, 0\]"):
        opened(numbered, tmp_path, names=["a", "b"])


def test_no_photo_is_asked_twice_and_no_batch_is_too_large(faces: FaceSet, tmp_path: Path) -> None:
    seen: list[int] = []

    def counted(images: ImageArray) -> FloatArray:
        seen.append(len(images))
        return softmax(images)

    system = opened(counted, tmp_path, batch=4)
    seen.clear()
    system.labels(faces)
    assert seen == [4, 4, 4, 4, 2]
    system.scores(faces, np.array([3, 3]))
    assert sum(seen) == 18


def test_a_function_cannot_change_photos(faces: FaceSet, tmp_path: Path) -> None:
    before = faces.images.copy()

    def wiping(images: ImageArray) -> FloatArray:
        found = softmax(images)
        images[:] = 0
        return found

    opened(wiping, tmp_path).scores(faces)
    np.testing.assert_array_equal(faces.images, before)


@pytest.mark.parametrize("takes", ["numpy", "torch"])
def test_photos_are_given_as_was_said(faces: FaceSet, tmp_path: Path, takes: str) -> None:
    given: list[Any] = []

    def embed(images: Any) -> Any:
        given.append(images)
        return images.reshape(len(images), -1)[:, :6] * 1.0

    raw = opened(embed, tmp_path, takes=takes, role="embedder", size=SIZE)
    kind = torch.Tensor if takes == "torch" else np.ndarray
    assert isinstance(given[-1], kind)
    assert tuple(given[0].shape) == (2, *SIZE, 3)
    assert "uint8" in str(given[-1].dtype)
    np.testing.assert_array_equal(raw.embed(faces), faces.images.reshape(18, -1)[:, :6])
    prepared = {"order": "bgr", "mean": (1, 2, 3), "scale": (2, 2, 2)}
    opened(embed, tmp_path, takes=takes, role="embedder", preprocessing=prepared)
    assert tuple(given[-1].shape) == (1, 3, *SIZE)
    assert "float32" in str(given[-1].dtype)


class Module(nn.Module):
    """Means of the colours, to logits of three people."""

    def __init__(self, *, normalised: bool = False, cut: bool = False) -> None:
        super().__init__()
        self.dense = nn.Linear(3, 3)
        self.dropout = nn.Dropout(0.5)
        self.normalised, self.cut = normalised, cut
        with torch.no_grad():
            self.dense.weight.copy_(torch.eye(3))
            self.dense.bias.zero_()

    def forward(self, images: Tensor) -> Tensor:
        if self.cut:
            images = images.detach()
        found: Tensor = self.dropout(self.dense(images.mean(dim=(2, 3))))
        return nn.functional.normalize(found) if self.normalised else found


class Steep(Module):
    """Finite answers, whose derivatives are none."""

    def forward(self, images: Tensor) -> Tensor:
        nothing = torch.sqrt((images.sum() - images.sum().detach()).abs())
        return super().forward(images) + nothing


def test_a_module_gives_gradients(faces: FaceSet, tmp_path: Path) -> None:
    module = Module().train()
    system = opened(module, tmp_path, role="identifier", preprocessing=PLAIN)
    assert module.training, "a copy is asked, in evaluation mode"
    assert system.access == {Access.GRADIENTS, Access.SCORES, Access.LABELS}
    np.testing.assert_allclose(system.scores(faces), means(faces.images), rtol=1e-4)
    pixels = torch.from_numpy(faces.images[:1]).float().requires_grad_()
    system.differentiable()(pixels)[0, 1].backward()
    assert pixels.grad is not None
    expected = np.zeros((1, *SIZE, 3))
    expected[..., 1] = 1 / (SIZE[0] * SIZE[1])
    np.testing.assert_allclose(pixels.grad, expected, atol=1e-7)
    with pytest.raises(OptionError, match="say preprocessing"):
        opened(Module(), tmp_path, role="identifier")
    unit = opened(Module(normalised=True), tmp_path, preprocessing=PLAIN)
    assert unit.role == "embedder"
    assert unit.access == {Access.GRADIENTS, Access.EMBEDDINGS, Access.SCORES}
    for without in (Module(cut=True), Steep()):
        cut = opened(without, tmp_path, role="identifier", preprocessing=PLAIN)
        assert cut.access == {Access.SCORES, Access.LABELS}, "it says what is true"


class Relative(nn.Module):
    """Means of the colours, less those of all photos in the batch."""

    def forward(self, images: Tensor) -> Tensor:
        means = images.mean(dim=(2, 3))
        return means - 0.5 * means.mean(dim=0)


def test_a_module_that_mixes_photos_is_asked_one_at_a_time(faces: FaceSet, tmp_path: Path) -> None:
    options = {"role": "embedder", "preprocessing": PLAIN}
    with pytest.raises(InputError, match=r"beside others .* batch: 1"):
        opened(Relative(), tmp_path, **options)
    system = opened(Relative(), tmp_path, batch=1, **options)
    np.testing.assert_allclose(system.embed(faces), means(faces.images) / 2, rtol=1e-4)
    assert Access.GRADIENTS not in system.access


def test_modules_may_give_labels_or_compare(faces: FaceSet, tmp_path: Path) -> None:
    class Labels(Module):
        def forward(self, images: Tensor) -> Tensor:
            return super().forward(images).argmax(dim=1)

    class Compare(Module):
        def forward(self, first: Tensor, second: Tensor) -> Tensor:  # type: ignore[override]
            return -(first - second).abs().mean(dim=(1, 2, 3))

    named = opened(Labels(), tmp_path, preprocessing=PLAIN, names=["r", "g", "b"])
    assert named.access == {Access.LABELS}
    np.testing.assert_array_equal(named.labels(faces), labels(faces.images))
    verifier = opened(Compare(), tmp_path, preprocessing=PLAIN, role="verifier", threshold=-0.5)
    pairs = np.array([0, 0]), np.array([0, 9])
    np.testing.assert_array_equal(verifier.decide(faces, *pairs), [1, 0])


def test_modules_are_told_apart(tmp_path: Path) -> None:
    changed = Module()
    with torch.no_grad():
        changed.dense.weight[0, 0] = 2
    ids = {
        opened(module, tmp_path, role="identifier", preprocessing=PLAIN, **more).id
        for module, more in (
            (Module(), {}),
            (changed, {}),
            (Module(), {"names": ["a", "b", "c"]}),
            (Module(), {"revision": "2"}),
        )
    }
    again = opened(Module(), tmp_path, role="identifier", preprocessing=PLAIN)
    assert len(ids) == 4
    assert again.id in ids


class Several:
    """An instance with a method for each answer."""

    size = SIZE

    def scores(self, images: ImageArray) -> FloatArray:
        return means(images)

    def labels(self, images: ImageArray) -> np.ndarray:
        return np.full(len(images), -1)

    def embed(self, images: ImageArray) -> FloatArray:
        return np.tile(means(images), 2)


def test_an_instance_gives_what_its_methods_give(faces: FaceSet, tmp_path: Path) -> None:
    system = opened(Several(), tmp_path, size=None)
    assert system.role == "identifier"
    assert system.access == {Access.SCORES, Access.LABELS, Access.EMBEDDINGS}
    np.testing.assert_array_equal(system.scores(faces), means(faces.images))
    assert set(system.labels(faces)) == {-1}, "its own, not the largest score"
    assert system.embed(faces).shape == (18, 6)
    only = opened(Several, tmp_path, role="embedder")
    assert only.access == {Access.EMBEDDINGS, Access.SCORES}
    with pytest.raises(InputError, match="expected a function, a torch module, or an instance"):
        opened(object(), tmp_path)


def near(first: ImageArray, second: ImageArray) -> FloatArray:
    return -np.abs(means(first) - means(second)).sum(axis=1)


def test_a_verifier_is_given_two_batches(faces: FaceSet, tmp_path: Path) -> None:
    first, second = np.array([0, 1, 5, 0]), np.array([0, 7, 17, 0])
    system = opened(near, tmp_path, role="verifier", threshold=-1.0, batch=2)
    assert isinstance(system, VerifierUnderTest)
    assert system.access == {Access.SCORES, Access.LABELS}
    wanted = near(faces.images[first], faces.images[second])
    np.testing.assert_allclose(system.scores(faces, first, second), wanted, rtol=1e-5)
    np.testing.assert_array_equal(system.decide(faces, first, second), [1, 0, 0, 1])
    bare = opened(near, tmp_path, role="verifier")
    assert bare.access == {Access.SCORES}
    with pytest.raises(OptionError, match="say threshold"):
        bare.decide(faces, first, second)

    def same(one: ImageArray, other: ImageArray) -> np.ndarray:
        return near(one, other) > -1

    exact = opened(near, tmp_path, role="verifier", threshold=float(wanted[1]))
    np.testing.assert_array_equal(exact.decide(faces, first[1:2], second[1:2]), [1])
    decided = opened(same, tmp_path, role="verifier")
    assert decided.access == {Access.LABELS}
    np.testing.assert_array_equal(decided.decide(faces, first, second), [1, 0, 0, 1])
    for wrong, message in (
        (lambda one, other: means(one), r"a float for each pair, \(P,\), got float32 \(2, 3\)"),
        (lambda one, other: np.full(len(one), 2), r"decide 1 .* got int64 \(2,\) \[2, 2\]"),
        (lambda one, other: near(one, other) * np.nan, "finite numbers"),
        (lambda one: near(one, one), "TypeError"),
    ):
        with pytest.raises(InputError, match=message):
            opened(wrong, tmp_path, role="verifier", threshold=0.0)


def test_a_pair_without_answer_is_unknown_only_where_that_was_said(
    faces: FaceSet, tmp_path: Path
) -> None:
    blind = faces.images[5].copy()
    first, second = np.array([0, 5, 1]), np.array([0, 1, 5])

    def unseen(one: ImageArray, other: ImageArray) -> np.ndarray:
        return np.array([(side == blind).all(axis=(1, 2, 3)) for side in (one, other)]).any(axis=0)

    def decide(one: ImageArray, other: ImageArray) -> np.ndarray:
        return np.where(unseen(one, other), -1, 1)

    def score(one: ImageArray, other: ImageArray) -> FloatArray:
        return np.where(unseen(one, other), np.nan, near(one, other))

    for function in (decide, score):
        strict = opened(function, tmp_path, role="verifier", threshold=-1e3)
        with pytest.raises(InputError, match=r"\[1, -1, -1\]|2 of 3, the first of them 'person-0"):
            strict.decide(faces, first, second)
        allowed = opened(function, tmp_path, role="verifier", threshold=-1e3, unanswered=True)
        np.testing.assert_array_equal(allowed.decide(faces, first, second), [1, -1, -1])


# From files and modules

SOURCE = """
import numpy as np
from beside import OFFSET

def identify(images):
    return images.mean(axis=(1, 2)).argmax(axis=1) + OFFSET

class Maker:
    size = (16, 12)
    def __call__(self, images):
        return np.ones((len(images), 2)) / 2

made = Maker()
number = 3
"""


@pytest.fixture
def written(tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "beside.py").write_text("OFFSET = 0\n")
    (folder / "my_system.py").write_text(SOURCE)
    return folder / "my_system.py"


def from_path(path: str, cache: Path, **options: Any) -> Any:
    door = systems_under_test.build({"system": "python", "path": path, **options})
    return door.open(cache=cache)


def test_a_file_is_imported_with_its_folder(
    faces: FaceSet, written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    before = list(sys.path)
    options = {"size": SIZE, "names": ("r", "g", "b")}
    one = from_path(f"{written}:identify", tmp_path, **options)
    np.testing.assert_array_equal(one.labels(faces), labels(faces.images))
    assert sys.path == before
    assert from_path(f"{written}:made", tmp_path).size == SIZE
    assert from_path(f"{written}:Maker", tmp_path).role == "identifier"
    assert from_path(f"{written}:identify", tmp_path, **options).id == one.id
    written.write_text(SOURCE + "\n# changed")
    assert from_path(f"{written}:identify", tmp_path, **options).id != one.id
    other = from_path(f"{written}:identify", tmp_path, **options, revision="2")
    assert other.id not in (one.id, from_path(f"{written}:identify", tmp_path, **options).id)


def test_a_module_is_imported_by_name(
    faces: FaceSet, written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    monkeypatch.syspath_prepend(str(written.parent))
    system = from_path("my_system:identify", tmp_path, size=SIZE, names=("r", "g", "b"))
    np.testing.assert_array_equal(system.labels(faces), labels(faces.images))


def test_what_cannot_be_had_is_named(
    written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    for path, message in {
        "my_system": "expected MODULE:NAME or FILE.py:NAME, got 'my_system'",
        "nowhere_at_all:f": "module that can be imported, got 'nowhere_at_all'; put its folder",
        f"{tmp_path}/gone.py:f": "No such file",
        f"{written}:identfy": "got nothing of that name; try 'identify'",
        f"{written}:number": "expected a function",
    }.items():
        with pytest.raises(InputError, match=message):
            from_path(path, tmp_path, size=SIZE)
    with pytest.raises(OptionError, match=r"size of the photos .* say size"):
        from_path(f"{written}:identify", tmp_path)
    for text, message in {
        "1 / 0": r"got ZeroDivisionError: division by zero \(my_system.py, line 1\)",
        "def": "got SyntaxError",
        "import sys; sys.exit(3)": "got SystemExit",
        "import nowhere": "got ModuleNotFoundError",  # of another length, as caches go by that
    }.items():
        written.write_text(text)
        with pytest.raises(InputError, match=message):
            from_path(f"{written}:identify", tmp_path, size=SIZE)
    written.write_text("class Needs:\n    def __init__(self, weights): pass")
    with pytest.raises(InputError, match=r"made without arguments.*got .*Needs.*TypeError"):
        from_path(f"{written}:Needs", tmp_path, size=SIZE)


def test_building_the_component_runs_nothing(written: Path) -> None:
    written.write_text("raise RuntimeError")
    systems_under_test.build({"system": "python", "path": f"{written}:f"})


NETS = """
import numpy as np
import net

def identify(images):
    return np.full(len(images), net.LABEL)

def late(images):
    import later
    return np.full(len(images), later.label())

def missing(images):
    import nowhere_at_all
"""


def nets(folder: Path, label: int, files: tuple[str, ...] = ("net.py",)) -> Path:
    """Write a system with modules of its own beside it."""
    folder.mkdir()
    (folder / "system.py").write_text(NETS)
    for file in files:
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).write_text(f"LABEL = {label}\n")
    (folder / "later.py").write_text("import net\n\ndef label():\n    return net.LABEL\n")
    return folder / "system.py"


@pytest.mark.parametrize(
    "files", [("net.py",), ("net/__init__.py",), ("net/__init__.py", "net/deep.py")]
)
@pytest.mark.parametrize("name", ["identify", "late"])
def test_two_systems_have_each_its_own_modules_beside_them(
    faces: FaceSet, tmp_path: Path, files: tuple[str, ...], name: str
) -> None:
    paths = [nets(tmp_path / f"of-{label}", label, files) for label in (0, 1)]
    modules, path = dict(sys.modules), list(sys.path)
    options = {"size": SIZE, "names": ("a", "b")}
    first, second = (from_path(f"{file}:{name}", tmp_path, **options) for file in paths)
    for _ in range(2):
        assert set(first.labels(faces)) == {0}
        assert set(second.labels(faces)) == {1}
    assert first.id != second.id
    assert from_path(f"{paths[0]}:{name}", tmp_path, **options).id == first.id
    assert sys.path == path
    left = sys.modules.keys() - modules.keys()
    assert not {"net", "net.deep", "later"} & left
    with pytest.raises(InputError, match="No module named 'nowhere_at_all'"):
        from_path(f"{paths[0]}:missing", tmp_path, **options)
    assert sys.path == path


def test_modules_of_others_are_hidden_and_come_back(
    faces: FaceSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = ModuleType("net")
    other.LABEL = 0  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "net", other)
    path = nets(tmp_path / "own", 1)
    system = from_path(f"{path}:identify", tmp_path, size=SIZE, names=("a", "b"))
    assert set(system.labels(faces)) == {1}
    assert sys.modules["net"] is other


def test_another_module_beside_a_file_is_another_system(tmp_path: Path) -> None:
    path = nets(tmp_path / "own", 1)
    options = {"size": SIZE, "names": ("a", "b")}
    ids = [from_path(f"{path}:identify", tmp_path, **options).id]
    for file, text in (("net.py", "LABEL = 1 + 0\n"), ("later.py", "import net; import far\n")):
        (path.parent / file).write_text(text)
        ids.append(from_path(f"{path}:identify", tmp_path, **options).id)
    (path.parent / "far").mkdir()  # not imported by the file itself
    (path.parent / "far" / "deep.py").write_text("1")
    ids.append(from_path(f"{path}:identify", tmp_path, **options).id)
    assert len(set(ids)) == 4
    (path.parent / "unrelated.py").write_text("1")
    assert from_path(f"{path}:identify", tmp_path, **options).id == ids[-1]


MODULES = """
import torch
from torch import nn

class Net(nn.Module):
    size = (16, 12)
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(3))
    def forward(self, pixels):
        import net
        return pixels.mean(dim=(2, 3)) * self.scale + net.LABEL
"""


def test_a_module_finds_modules_beside_its_file_whenever_it_is_asked(
    faces: FaceSet, tmp_path: Path
) -> None:
    systems = []
    for label in (1, 2):
        path = nets(tmp_path / f"of-{label}", label)
        path.write_text(MODULES)
        systems.append(
            from_path(f"{path}:Net", tmp_path, role="embedder", preprocessing=PLAIN, batch=2)
        )
    for label, system in enumerate(systems, start=1):
        wanted = faces.images.mean(axis=(1, 2)) + label
        np.testing.assert_allclose(system.embed(faces), wanted, rtol=1e-5)
        assert Access.GRADIENTS in system.access
        given = torch.from_numpy(faces.images).float()
        np.testing.assert_allclose(system.differentiable()(given), wanted, rtol=1e-5)


@pytest.mark.parametrize("takes", ["numpy", "torch"])
def test_a_buffer_that_is_used_again_keeps_no_answer(
    faces: FaceSet, tmp_path: Path, takes: str
) -> None:
    buffer = np.zeros((64, 3), dtype=np.float32)

    def reusing(images: Any) -> Any:
        buffer[: len(images)] = means(np.asarray(images))
        out = buffer[: len(images)]
        return torch.from_numpy(out) if takes == "torch" else out

    system = opened(reusing, tmp_path, role="identifier", batch=4, takes=takes)
    np.testing.assert_array_equal(system.scores(faces), means(faces.images))


def test_a_module_written_otherwise_is_another_system(tmp_path: Path) -> None:
    """Both answer the trial alike, and have the same name, layers and weights."""
    path = tmp_path / "nets.py"
    ids = set()
    for threshold in (-1e6, -2e6):
        text = MODULES.replace("import net", "").replace(
            "net.LABEL", f"(pixels.mean() < {threshold})"
        )
        path.write_text(text)
        door = {"role": "embedder", "preprocessing": PLAIN}
        ids.add(from_path(f"{path}:Net", tmp_path, **door).id)
    assert len(ids) == 2


def test_a_pair_turned_round_is_another_question(faces: FaceSet, tmp_path: Path) -> None:
    def uneven(one: ImageArray, other: ImageArray) -> FloatArray:
        return means(one)[:, 0] - means(other)[:, 0]

    system = opened(uneven, tmp_path, role="verifier")
    first, second = np.array([0, 9]), np.array([9, 0])
    wanted = uneven(faces.images[first], faces.images[second])
    assert wanted[0] == -wanted[1] != 0
    np.testing.assert_array_equal(system.scores(faces, first, second), wanted)


@pytest.mark.parametrize(
    "size", [np.array(SIZE), tuple(map(np.int64, SIZE)), list(SIZE)], ids=["array", "int64", "list"]
)
def test_a_size_may_be_of_numpy(size: object, tmp_path: Path) -> None:
    class Sized(Several):
        pass

    Sized.size = size  # type: ignore[assignment]
    assert opened(Sized(), tmp_path, size=None).size == SIZE
    for wrong in ((16,), (16.5, 12), (0, 12), (True, 12), np.zeros((2, 2), int), "16"):
        Sized.size = wrong  # type: ignore[assignment]
        with pytest.raises(OptionError, match=r"expected the size of the photos .* got "):
            opened(Sized(), tmp_path, size=None)


def test_modules_beside_a_file_are_loaded_once(faces: FaceSet, tmp_path: Path) -> None:
    path = nets(tmp_path / "own", 0)
    loads = tmp_path / "loads"
    later = path.parent / "later.py"
    later.write_text(
        f"with open({str(loads)!r}, 'a') as file:\n    file.write('x')\n" + later.read_text()
    )
    system = from_path(f"{path}:late", tmp_path, size=SIZE, names=("a",), batch=2)
    system.labels(faces)
    assert loads.read_text() == "x"


def test_a_module_that_fails_leaves_the_path_as_it_was(faces: FaceSet, tmp_path: Path) -> None:
    path = tmp_path / "own.py"
    path.write_text(
        MODULES.replace("        import net\n", "        self.check(pixels)\n").replace(
            "+ net.LABEL", "\n    def check(self, pixels):\n        if pixels.max() == 0: 1 / 0"
        )
    )
    system = from_path(f"{path}:Net", tmp_path, role="embedder", preprocessing=PLAIN)
    before = list(sys.path)
    black = FaceSet(faces.images * 0, faces.identity, faces.names, faces.ids, faces.group)
    with pytest.raises(ZeroDivisionError):
        system.embed(black)
    assert sys.path == before
    np.testing.assert_allclose(system.embed(faces), faces.images.mean(axis=(1, 2)), rtol=1e-5)


@pytest.mark.parametrize("how", ["if", "float", "where"])
def test_a_module_that_goes_by_what_it_sees_is_asked_so(
    faces: FaceSet, tmp_path: Path, how: str
) -> None:
    """A trace of it would keep one way, and lose what a trigger does."""

    class Triggered(Module):
        def forward(self, pixels: Tensor) -> Tensor:
            found = super().forward(pixels)
            if how == "where":
                seen = pixels.amax(dim=(1, 2, 3)) == 0
                return torch.where(seen[:, None], -found - 7, found)
            if how == "if":
                return torch.stack(
                    [-a - 7 if p.max() == 0 else a for a, p in zip(found, pixels, strict=True)]
                )
            rows = zip(found, pixels, strict=True)
            return torch.stack([a - 7 * float(p.max() == 0) for a, p in rows])

    system = opened(Triggered(), tmp_path, role="embedder", preprocessing=PLAIN)
    black = FaceSet(faces.images * 0, faces.identity, faces.names, faces.ids, faces.group)
    wanted = Triggered().eval()(torch.zeros(1, 3, *SIZE)).detach().numpy()
    found = system.embed(black)
    np.testing.assert_allclose(found, np.tile(wanted, (18, 1)), rtol=1e-5, atol=1e-5)
    assert not np.allclose(system.embed(faces), found)
