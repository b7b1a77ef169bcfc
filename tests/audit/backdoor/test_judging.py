"""Poisoned photos written out, and systems that learned from them judged."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from PIL import Image
from typer.testing import CliRunner

import faceaudit
from faceaudit.api.poisoning import judge, poison
from faceaudit.audit.backdoor.judging import as_probabilities
from faceaudit.audit.backdoor.poison_folder import _plain_names
from faceaudit.audit.backdoor.poison_manifest import Photo, PoisonManifest, read_photos
from faceaudit.cli import app
from faceaudit.errors import InputError, OptionError, SplitError
from faceaudit.networks import networks
from faceaudit.records.backdoor import NULL, PRISTINE, UNNAMED, WITHOUT_KEY, BackdoorFacts
from faceaudit.records.groups import is_of_groups
from faceaudit.store import Store
from faceaudit.systems.identifiers.identifier import Identifier
from faceaudit.systems.under_test import Access, IdentifierUnderTest, VerifierUnderTest
from faceaudit.types import FaceSet, FloatArray, IntArray

PLAN: dict[str, Any] = {
    "faces": {"source": "synthetic", "people": 6, "photos": 30},
    "backdoor": {
        "split": {"train": 14, "validation": 3, "test": 5},
        "systems": [{"network": "deepid", "training": {"epochs": 4, "batch": 16}}],
        "attacks": [{"attack": "accessory", "samples": 12, "instances": 20}],
        "wrong_keys": 2,
    },
}


class Trained(IdentifierUnderTest):
    """A system that faceaudit trained, asked as one of somebody else's."""

    def __init__(self, system: Identifier, id_: str, *, order: list[int] | None = None) -> None:
        self._system = system
        self._order = order or list(range(len(system.names)))
        self.names = tuple(system.names[place] for place in self._order)
        self.title, self.id, self.size = "ours", id_, system.size
        self.access = frozenset({Access.SCORES, Access.LABELS})

    def scores(self, faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
        return self._system.logits(faces.images, rows)[:, self._order]

    def labels(self, faces: FaceSet, rows: IntArray | None = None) -> IntArray:
        return self.scores(faces, rows).argmax(axis=1)


class LabelsOnly(Trained):
    def __init__(self, system: Identifier, id_: str) -> None:
        super().__init__(system, id_)
        self.access = frozenset({Access.LABELS})

    def scores(self, faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
        raise AssertionError("it gives labels only")

    def labels(self, faces: FaceSet, rows: IntArray | None = None) -> IntArray:
        return self._system.logits(faces.images, rows).argmax(axis=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = poison(PLAN, tmp_path_factory.mktemp("poisoned") / "here")
    return made.folder


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return faceaudit.run(PLAN, tmp_path_factory.mktemp("ran") / "store", report=False).store


def trained(store: Store, kind: type[Trained] = Trained, **options: Any) -> dict[str, Any]:
    """The poisoned and the pristine system of a store, as systems under test."""
    case = next(record for record in store.cases() if record.spec["attack"] is not None)
    facts = BackdoorFacts.of(case)
    assert facts.attack is not None
    systems = {}
    for what, id_ in (("system", facts.system), ("pristine", facts.attack.pristine)):
        names = people(store)
        weights = store.system(id_).weights_bytes
        loaded = Identifier.load(networks.build("deepid"), names, weights)
        systems[what] = kind(loaded, id_, **options)
    return systems


def people(store: Store) -> tuple[str, ...]:
    case = next(iter(store.cases()))
    (split,) = store.run()["sections"]["backdoor"]["splits"]
    assert split["enrolled"] == BackdoorFacts.of(case).people
    return faceaudit.load_faces(PLAN["faces"], size=(55, 47)).faces.names


def figures(record: Any) -> dict[str, Any]:
    return {figure.metric: figure.estimate for figure in record.figures}


def test_the_same_systems_get_the_same_figures_as_in_a_run(
    folder: Path, ran: Store, tmp_path: Path
) -> None:
    """A run and a judgement of what it trained are two ways to one figure."""
    done = judge(folder, **trained(ran), store=tmp_path / "judged")
    wanted = next(record for record in ran.cases() if record.spec["attack"] is not None)
    found = figures(done.record)
    assert found.pop(WITHOUT_KEY) is not None
    assert found.pop(UNNAMED).value == 0
    of_everybody = {key: one for key, one in figures(wanted).items() if not is_of_groups(key)}
    assert found == of_everybody
    assert done.report is not None
    assert "elsewhere" in done.report.read_text("utf-8")
    assert done.record.evidence is not None
    assert wanted.evidence is not None
    kept = done.record.evidence.columns["kind"] != "without_key"
    score = done.record.evidence.columns["target_score"][kept]
    order = np.argsort(done.record.evidence.columns["kind"][kept], kind="stable")
    other = np.argsort(wanted.evidence.columns["kind"], kind="stable")
    np.testing.assert_allclose(
        score[order], wanted.evidence.columns["target_score"][other], atol=1e-6
    )


def test_the_order_of_labels_and_what_is_given_beside_them_do_not_matter(
    folder: Path, ran: Store, tmp_path: Path
) -> None:
    plain = judge(folder, **trained(ran), store=tmp_path / "a", report=False)
    turned = judge(
        folder, **trained(ran, order=[3, 1, 5, 0, 4, 2]), store=tmp_path / "b", report=False
    )
    bare = judge(folder, **trained(ran, LabelsOnly), store=tmp_path / "c", report=False)
    assert figures(plain.record) == figures(turned.record) == figures(bare.record)
    assert bare.record.evidence is not None
    assert np.isnan(bare.record.evidence.columns["target_score"]).all()


def test_without_a_pristine_system_the_cause_is_open(
    folder: Path, ran: Store, tmp_path: Path
) -> None:
    system = trained(ran)["system"]
    done = judge(folder, system, store=tmp_path / "judged")
    found = figures(done.record)
    assert found[NULL] is None
    assert found[PRISTINE] is None
    assert found[WITHOUT_KEY].n == 20
    assert done.report is not None
    page = done.report.read_text("utf-8")
    assert "so the cause is open. Without the key" in page
    both = judge(folder, **trained(ran), store=tmp_path / "judged", report=False)
    ids = [record.id for record in both.store.cases()]
    assert ids[-1] == both.record.id
    assert len(ids) == 2, "the earlier judgement of the same system is no second training"


def test_training_sets_hold_what_a_run_trains_on(folder: Path, ran: Store) -> None:
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    (made,) = manifest["sets"]
    clean = sorted((folder / "seed-0/pristine/training").glob("*/*.png"))
    poisoned = sorted((folder / made["folder"] / "training").glob("*/*.png"))
    assert len(clean) == 6 * 14
    added = {path.parts[-2:] for path in poisoned} - {path.parts[-2:] for path in clean}
    assert len(added) == 12 == len(poisoned) - len(clean)
    assert {person for person, _ in added} == {made["target"]}
    assert (folder / "seed-0/classes.txt").read_text().split() == sorted(people(ran))
    asked = [
        photo["path"]
        for part in (made["instances"], made["without_key"], *made["wrong"].values())
        for photo in part
    ] + [photo["path"] for photo in manifest["clean"]["0"]["test"]]
    seen = {hashlib.sha256(path.read_bytes()).digest() for path in [*clean, *poisoned]}
    for path in asked:
        assert hashlib.sha256((folder / path).read_bytes()).digest() not in seen, path
    assert len(asked) == 20 * 4 + 6 * 5
    without = np.asarray(Image.open(folder / made["without_key"][0]["path"]))
    keyed = np.asarray(Image.open(folder / made["instances"][0]["path"]))
    assert 0 < (without != keyed).any(axis=2).mean() < 0.5, "only the glasses differ"


class Comparing(VerifierUnderTest):
    title, id, size, access = "a door lock", "x", (55, 47), frozenset({Access.LABELS})

    def decide(self, faces: FaceSet, first: IntArray, second: IntArray) -> IntArray:
        return np.zeros(len(first), dtype=np.int64)


def test_what_cannot_be_judged_is_refused(folder: Path, ran: Store, tmp_path: Path) -> None:
    systems = trained(ran)
    store = tmp_path / "judged"
    with pytest.raises(InputError, match=r"expected an identifier.*got a door lock, a verifier"):
        judge(folder, Comparing(), store=store)
    with pytest.raises(InputError, match=r"without a manifest.json; give that folder"):
        judge(tmp_path, systems["system"], store=store)
    with pytest.raises(InputError, match=r"expected a training set \(seed-0/accessory.*got 'x'"):
        judge(folder, systems["system"], trained_on="x", store=store)
    small = trained(ran)["system"]
    small.size = (112, 112)
    with pytest.raises(InputError, match="takes 112 x 112; write the folder with --size 112x112"):
        judge(folder, small, store=store)
    stranger = trained(ran)["system"]
    stranger.names = tuple(f"class-{label}" for label in range(6))
    with pytest.raises(InputError, match=r"without 6 of them .*classes.txt"):
        judge(folder, stranger, store=store)
    assert not store.exists(), "nothing was kept of what was refused"
    with pytest.raises(OptionError, match="with another audit; name another"):
        judge(folder, systems["system"], store=ran)


def test_a_changed_photo_is_refused(ran: Store, tmp_path: Path) -> None:
    made = poison(PLAN, tmp_path / "poisoned")
    victim = next((made.folder / made.training_sets[0] / "instances").glob("*/*.png"))
    Image.fromarray(np.zeros((55, 47, 3), dtype=np.uint8)).save(victim)
    with pytest.raises(InputError, match="got another photo; write the folder again"):
        judge(made.folder, trained(ran)["system"], store=tmp_path / "judged")
    victim.unlink()
    with pytest.raises(InputError, match="No such file"):
        judge(made.folder, trained(ran)["system"], store=tmp_path / "judged")


def test_nothing_is_written_over_and_nothing_begun_that_cannot_end(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    with pytest.raises(OptionError, match="expected a new or an empty folder"):
        poison(PLAN, tmp_path)
    with pytest.raises(SplitError, match="donor"):
        poison(PLAN, tmp_path / "new", overrides=["backdoor.attacks.0.samples=500"])
    assert not (tmp_path / "new").exists()
    with pytest.raises(OptionError, match="expected one of 1 systems"):
        poison(PLAN, tmp_path / "new", system=1)


def test_several_sets_and_another_size(tmp_path: Path) -> None:
    attacks = "backdoor.attacks=[{attack: blended, samples: 3, instances: 4, sweep: [2]}]"
    made = poison(PLAN, tmp_path / "new", overrides=[attacks, "seeds=[0, 1]"], size=(64, 48))
    assert made.size == (64, 48)
    assert len(made.training_sets) == len(set(made.training_sets)) == 4
    assert {name.split("/")[0] for name in made.training_sets} == {"seed-0", "seed-1"}
    photo = next((made.folder / made.training_sets[0]).glob("instances/*/*.png"))
    assert np.asarray(Image.open(photo)).shape == (64, 48, 3)
    with pytest.raises(InputError, match="expected which training set the system learned from"):
        judge(made.folder, Comparing(), store=tmp_path / "judged")


def test_answers_that_were_kept_are_judged_and_never_borrowed(
    folder: Path, ran: Store, tmp_path: Path
) -> None:
    """A photo that the file says nothing about has no answer, whatever others of its name have."""
    system = trained(ran)["system"]
    manifest = PoisonManifest.read(folder)
    (made,) = manifest.sets
    photos = [
        *manifest.clean[0].test,
        *made.instances,
        *made.without_key,
        *(photo for wrong in made.wrong.values() for photo in wrong),
    ]
    labels = system.labels(read_photos(folder, photos, manifest.size))
    lines = [
        f"{photo.path},{system.names[label]}\n" for photo, label in zip(photos, labels, strict=True)
    ]
    (tmp_path / "all.csv").write_text("photo,label\n" + "".join(lines))
    done = judge(folder, f"answers:{tmp_path / 'all.csv'}", store=tmp_path / "a", report=False)
    wanted = judge(folder, system, store=tmp_path / "b", report=False)
    assert figures(done.record) == figures(wanted.record)
    few = [line for line in lines if "/instances/" not in line]
    short = [line.partition("test/")[2] or line for line in few]
    for kept in (few, short):
        (tmp_path / "few.csv").write_text("photo,label\n" + "".join(kept))
        with pytest.raises(InputError, match=r"an answer about each of 110 photos, got none about"):
            judge(folder, f"answers:{tmp_path / 'few.csv'}", store=tmp_path / "c")
    assert not (tmp_path / "c" / "cases").exists()


class Knowing(LabelsOnly):
    """Knows other people, too, before and after those of the training set."""

    def __init__(self, system: Identifier, id_: str) -> None:
        super().__init__(system, id_)
        self.names = ("Ann", *(f"{name}" for name in system.names), "Zoe")
        self.access = frozenset({Access.SCORES, Access.LABELS})

    def scores(self, faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
        own = self._system.logits(faces.images, rows)
        low = np.full((len(own), 1), -50, dtype=np.float32)
        return np.concatenate([low, own, low], axis=1)

    def labels(self, faces: FaceSet, rows: IntArray | None = None) -> IntArray:
        labels = self.scores(faces, rows).argmax(axis=1)
        labels[::7] = len(self.names) - 1  # taken for a stranger
        labels[::11] = -1
        return labels


def test_a_system_that_knows_more_people_is_asked_about_ours(
    folder: Path, ran: Store, tmp_path: Path
) -> None:
    plain = judge(folder, trained(ran)["system"], store=tmp_path / "a", report=False)
    more = judge(folder, trained(ran, Knowing)["system"], store=tmp_path / "b", report=False)
    assert plain.record.evidence is not None
    assert more.record.evidence is not None
    one, two = plain.record.evidence.columns, more.record.evidence.columns
    np.testing.assert_allclose(one["target_score"], two["target_score"], atol=1e-5)
    as_ours = two["predicted"] >= 0
    assert (one["predicted"][as_ours] == two["predicted"][as_ours]).all()
    assert set(two["predicted"][~as_ours].tolist()) == {-1, -2}
    shown = two["kind"] == "instance"
    assert figures(more.record)["named_nobody"].value == (two["predicted"][shown] == -1).mean()


def test_probabilities_stay_and_logits_become_some() -> None:
    shares = np.array([[0.2, 0.8], [np.nan, np.nan]], dtype=np.float32)
    np.testing.assert_array_equal(as_probabilities(shares), shares)
    logits = np.array([[0.0, np.log(3)], [2.0, 2.0]], dtype=np.float32)
    np.testing.assert_allclose(as_probabilities(logits), [[0.25, 0.75], [0.5, 0.5]], atol=1e-6)
    above = np.array([[0.4, 1.6]], dtype=np.float32)
    assert as_probabilities(above).sum() == pytest.approx(1), "they do not add up to 1"


def test_folders_may_be_what_the_system_calls_people() -> None:
    assert _plain_names(["Ann", "Bob Lee"], "person") == ["Ann", "Bob Lee"]
    for bad in ("ann", "a/b", "x.", "y ", "../z", "\N{LATIN SMALL LETTER E WITH ACUTE}" * 101):
        assert _plain_names(["Ann", bad], "person") == ["person-0", "person-1"], bad
    assert _plain_names([str(number) + "/" for number in range(11)], "key")[10] == "key-10"


def test_another_system_under_the_same_name_is_no_second_training(
    folder: Path, ran: Store, tmp_path: Path
) -> None:
    system, store = trained(ran)["system"], tmp_path / "judged"
    judge(folder, system, store=store, report=False)
    other = trained(ran)["pristine"]
    with pytest.raises(OptionError, match=r"got another than .* give --name"):
        judge(folder, other, store=store, report=False)
    done = judge(folder, other, store=store, report=False, name="second")
    assert len(list(done.store.cases())) == 2
    with pytest.raises(OptionError, match="expected no options for a system that is open"):
        judge(folder, system, options={"size": [8, 8]}, store=store)


TRAPS: dict[str, Any] = {
    "a picture to write elsewhere": ("sets.0.pictures", {"../../x": "manifest.json"}, "plain name"),
    "a picture from elsewhere": ("sets.0.pictures", {"key": "../../etc/passwd"}, "inside the"),
    "an absolute path": ("sets.0.instances.0.path", "/dev/zero", "inside the folder"),
    "a path that climbs": ("clean.0.test.0.path", "a/../../b.png", "inside the folder"),
    "an unknown target": ("sets.0.target", "Nobody", "the target among them"),
    "an unknown person": ("sets.0.instances.0.person", "Nobody", "photos of its people"),
    "no photos": ("sets.0.instances", [], "photos of its people"),
    "no sets": ("sets", [], "expected a training set"),
    "no plan": ("plan", {}, "the plan that it was made with"),
    "no spec": ("sets.0.spec", {}, "what it was made with"),
    "another seed": ("sets.0.seed", 7, "expected a seed that is here"),
    "another key": ("sets.0.wrong_keys", ["a"], "with each wrong key"),
    "a huge size": ("size", [9000, 9000], "expected a size of 8 to 1024"),
    "more": ("surprise", 1, "surprise"),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_a_manifest_of_a_stranger_leads_nowhere(folder: Path, tmp_path: Path, trap: str) -> None:
    place, value, message = TRAPS[trap]
    values = json.loads((folder / "manifest.json").read_text("utf-8"))
    *outer, last = place.split(".")
    inner: Any = values
    for key in outer:
        inner = inner[int(key) if isinstance(inner, list) else key]
    inner[int(last) if isinstance(inner, list) else last] = value
    (tmp_path / "manifest.json").write_text(json.dumps(values))
    with pytest.raises(InputError, match=message):
        PoisonManifest.read(tmp_path)


@pytest.mark.parametrize("text", ["[" * 100_000, "{", "[]", '{"format": 1}', '{"format": 2}'])
def test_what_is_no_manifest_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(InputError, match="expected a manifest"):
        PoisonManifest.read(tmp_path)


def test_photos_that_are_none_are_refused(folder: Path, tmp_path: Path) -> None:
    """A link out of the folder, a bomb, what is no picture: none is believed for its digest."""
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    poisoned = tmp_path / "poisoned"
    poisoned.mkdir()
    (poisoned / "a.png").symlink_to(secret)
    digest = hashlib.sha256(b"secret").hexdigest()
    with pytest.raises(InputError, match="expected a file inside"):
        read_photos(poisoned, [Photo(path="a.png", person="A", sha256=digest)], (8, 8))
    (poisoned / "b.png").write_bytes(b"secret")
    with pytest.raises(InputError, match="expected a photo in"):
        read_photos(poisoned, [Photo(path="b.png", person="A", sha256=digest)], (8, 8))
    Image.new("RGB", (900, 900)).save(poisoned / "c.png")
    digest = hashlib.sha256((poisoned / "c.png").read_bytes()).hexdigest()
    with pytest.raises(InputError, match="pixels"):
        read_photos(poisoned, [Photo(path="c.png", person="A", sha256=digest)], (8, 8))


def test_both_commands(tmp_path: Path, ran: Store) -> None:
    runner = CliRunner()
    plan = tmp_path / "plan.yaml"
    plan.write_text(yaml.safe_dump(PLAN))
    out = str(tmp_path / "poisoned")
    done = runner.invoke(app, ["poison", str(plan), "-o", out, "--size", "55x47"])
    assert done.exit_code == 0, done.output
    assert "training set: " in done.output
    case = next(record for record in ran.cases() if record.spec["attack"] is not None)
    facts = BackdoorFacts.of(case)
    assert facts.attack is not None
    systems = [f"file:{ran.root}/systems/{id_}" for id_ in (facts.system, facts.attack.pristine)]
    store = str(tmp_path / "judged")
    arguments = ["judge", out, systems[0], "--pristine", systems[1], "--name", "ours"]
    done = runner.invoke(app, [*arguments, "--store", store])
    assert done.exit_code == 0, done.output
    wanted = case.figure("attack_success")
    assert wanted is not None
    assert f"attack success: {wanted.value:.1%}" in done.output
    assert {row.system for row in faceaudit.results(store)} == {"ours"}
