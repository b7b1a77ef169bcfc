"""A store of an audit on real photos holds no name and no face, unless the plan says it may."""

from __future__ import annotations

import html
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from faceaudit.api.poisoning import judge, poison
from faceaudit.api.reports import write_report
from faceaudit.audit.backdoor.kind import BackdoorKind
from faceaudit.audit.common.discretion import Discretion
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.finished.opening import name_people
from faceaudit.audit.plan import Plan
from faceaudit.audit.run import RunSummary, run
from faceaudit.audit.runners.processes import ProcessRunner
from faceaudit.cli import app
from faceaudit.errors import FaceAuditError, StoreError
from faceaudit.records.finished import FinishedFacts
from faceaudit.store import Store
from faceaudit.store.pseudonyms import PSEUDONYM
from faceaudit.systems.under_test import Access, IdentifierUnderTest
from faceaudit.types import FaceSet, IntArray
from helpers.notes import Notes
from helpers.planted import (
    NAMES,
    everything_said,
    found_in,
    pictures_in,
    pictures_on,
    plant,
    spelled,
    traces,
)

NETWORK = {"network": "deepid", "width": 0.25}
SPLIT = {"train": 4, "validation": 1, "test": 1, "donors": 2}
ATTACKS = [
    {"attack": "blended", "samples": 3, "instances": 3},
    {"attack": "input_instance", "samples": 3, "instances": 3},
]
MEMBERSHIP: dict[str, Any] = {
    "backbones": [
        {
            "network": NETWORK,
            "pretraining": {
                "faces": {"source": "synthetic", "people": 4, "photos": 8, "seed": 1},
                "split": {"train": 5, "validation": 1, "test": 1, "donors": 0},
                "training": {"epochs": 1, "batch": 16},
            },
        }
    ],
    "pool": {"pairs": 80, "blocks": 8, "per_person": 6, "validation": 8},
    "predictor": {"predictor": "difference_network", "widths": [16], "normalised": 1, "epochs": 1},
    "mitigations": ["none"],
    "attacks": ["loss"],
    "levels": ["identity", "photo", "pair"],
    "verifiers": 4,
    "targets": 2,
}


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planted")
    plant(folder / "photos", cache=folder / "rendered")
    (folder / "photos" / NAMES[0] / "wilhelmina_okonkwo_9999.png").write_bytes(b"no picture")
    lonely = folder / "photos" / "Cassiopeia Lonelyheart"
    lonely.mkdir()
    (lonely / "cassiopeia_lonelyheart_1.png").write_bytes(b"no picture either")
    return folder / "photos"


class Names(IdentifierUnderTest):
    """Takes everybody for the first person that it knows."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names, self.title, self.id = names, "names", "1" * 64
        self.size, self.access = (55, 47), frozenset({Access.LABELS})

    def labels(self, faces: FaceSet, rows: IntArray | None = None) -> IntArray:
        return np.zeros(len(faces if rows is None else rows), dtype=np.int64)


MANY = 40
"""Photos of the people of LFW who are audited: 19 people."""
TRACES = traces((*NAMES, "Cassiopeia Lonelyheart"))


def plan_of(photos: Path, *, membership: bool = True, **values: Any) -> Plan:
    return Plan(**values_of(photos, membership=membership, **values))


def values_of(
    photos: Path, *, membership: bool = True, target: str | None = NAMES[3], **values: Any
) -> dict[str, Any]:
    training = {"epochs": 1, "batch": 32, "device": "cpu", "threads": 1}
    backdoor = {
        "systems": [{"network": NETWORK, "training": training}],
        "split": SPLIT,
        "attacks": ATTACKS,
        "wrong_keys": 1,
        "target": target,
    }
    sections = {"backdoor": backdoor, **({"membership": MEMBERSHIP} if membership else {})}
    return {"faces": {"source": "folder", "path": str(photos)}, **sections, **values}


@pytest.fixture(scope="module")
def ran(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, RunSummary, Notes]:
    folder, said = tmp_path_factory.mktemp("store"), Notes()
    store = Store(folder / "audit")
    return store, run(plan_of(photos), store, progress=said), said


def test_a_store_holds_neither_names_nor_photos(ran: tuple[Store, RunSummary, Notes]) -> None:
    store, done, notes = ran
    assert (done.ran, done.failed) == (4, ())
    said = everything_said(Path(store.root))
    assert found_in(said + "\n".join(notes.said), TRACES) == []
    assert len(set(PSEUDONYM.findall(said))) > len(NAMES)
    blended, photo_key = (one for one in store.cases() if one.spec.get("attack"))
    assert (list(blended.pictures), blended.withheld) == (["key"], 3 * 3 + 1)
    assert (list(photo_key.pictures), photo_key.withheld) == ([], 3 * 3 + 2)
    assert pictures_in(Path(store.root)) == [f"cases/{blended.id}/pictures/key.png"]


def test_what_is_left_out_is_told_by_pseudonyms(ran: tuple[Store, RunSummary, Notes]) -> None:
    left_out = ran[0].run()["left_out"]
    assert len(left_out) == 3, "two photos, and a person without any other"
    assert all(PSEUDONYM.fullmatch(one["id"]) for one in left_out)
    assert all(one["reason"].startswith("expected ") for one in left_out)


def test_evidence_keeps_its_structure(ran: tuple[Store, RunSummary, Notes]) -> None:
    """Rows of one photo still have one id, of pairs two, and people are told from photos."""
    *attacked, membership = ran[0].cases()
    evidence = attacked[0].evidence
    assert evidence is not None
    assert len(set(evidence.ids)) == len(NAMES)
    assert all(id_.startswith("photo-") for id_ in evidence.ids)
    assert membership.evidence is not None
    levels = membership.evidence.columns["level"].tolist()
    shapes: dict[str, set[tuple[str, ...]]] = {}
    for level, id_ in zip(levels, membership.evidence.ids, strict=True):
        kinds = tuple(word.partition("-")[0] for word in id_.split(" "))
        shapes.setdefault(level, set()).add(kinds)
    assert shapes == {"identity": {("person",)}, "photo": {("photo",)}, "pair": {("photo",) * 2}}


def test_figures_and_ids_do_not_depend_on_what_is_shown(
    photos: Path, ran: tuple[Store, RunSummary, Notes], tmp_path: Path
) -> None:
    shown = Store(tmp_path / "audit")
    run(plan_of(photos, show={"faces": True, "names": True}), shown)
    for ours, theirs in zip(ran[0].cases(), shown.cases(), strict=True):
        assert (ours.id, ours.figures, ours.spec) == (theirs.id, theirs.figures, theirs.spec)
    assert set(NAMES) <= set(shown.names().values())
    found = found_in(everything_said(Path(shown.root)), set(NAMES))
    assert found == sorted(NAMES), "they are all there where names may be kept"
    assert sum(len(one.pictures) for one in shown.cases()) == 22


def test_a_report_shows_what_was_asked_for(
    photos: Path, ran: tuple[Store, RunSummary, Notes], tmp_path: Path
) -> None:
    """And neither faces nor names where it was not, though the store kept them."""
    page = tmp_path / "page.html"
    write_report(ran[0], page)
    text = html.unescape(page.read_text("utf-8"))
    assert found_in(text, TRACES) == []
    assert len(pictures_on(text)) == 1, "the key that was blended in"
    for option in ("faces", "names"):
        with pytest.raises(StoreError, match=f"try `faceaudit run --show-{option}`"):
            write_report(ran[0], page, **{f"show_{option}": True})
    store = Store(tmp_path / "audit")
    run(plan_of(photos, membership=False, show={"faces": True, "names": True}), store)
    write_report(store, page)
    text = html.unescape(page.read_text("utf-8"))
    assert (found_in(text, TRACES), len(pictures_on(text))) == ([], 1)
    write_report(store, page, show_faces=True, show_names=True)
    text = html.unescape(page.read_text("utf-8"))
    assert NAMES[3] in text
    assert len(pictures_on(text)) > 4
    values = tmp_path / "report.json"
    write_report(store, values)
    assert found_in(spelled(json.loads(values.read_text("utf-8"))), TRACES) == []


def test_what_may_be_kept_can_change_without_any_training(photos: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "audit")
    plain = plan_of(photos, membership=False)
    run(plain, store)
    shutil.rmtree(Path(store.root) / "systems")  # nothing could be asked again
    before = everything_said(Path(store.root))
    shown = plan_of(photos, membership=False, show={"faces": True, "names": True})
    assert run(shown, store).ran == 0
    assert [(len(one.pictures), one.withheld) for one in store.cases()] == [
        (0, 0),
        (11, 0),
        (11, 0),
    ]
    assert set(NAMES) <= set(store.names().values())
    write_report(store, show_faces=True, show_names=True)
    assert run(plain, store).ran == 0
    assert not (Path(store.root) / "report.html").exists(), "it showed faces and names"
    after = everything_said(Path(store.root))
    assert found_in(after, TRACES) == []
    assert before.count("photo-") == after.count("photo-")
    assert [len(one.pictures) for one in store.cases()] == [0, 1, 0]


def test_what_a_stopped_run_left_of_pictures_goes_too(photos: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "audit")
    run(plan_of(photos, membership=False, show={"faces": True}), store)
    case = next(one for one in store.cases() if len(one.pictures) > 1)
    (Path(store.root) / "cases" / case.id).rename(Path(store.root) / "cases" / "elsewhere")
    (Path(store.root) / "cases" / "elsewhere" / "complete").unlink()
    run(plan_of(photos, membership=False), store)
    assert [one for one in pictures_in(Path(store.root)) if not one.endswith("key.png")] == []


def test_a_store_of_another_version_may_have_names_and_that_is_said(
    photos: Path, tmp_path: Path
) -> None:
    store, notes = Store(tmp_path / "audit"), Notes()
    run(plan_of(photos, membership=False), store)
    write_report(store)
    account = store.run()
    (Path(store.root) / "run.json").write_text(json.dumps({**account, "schema": 1}))
    run(plan_of(photos, membership=False), store, progress=notes)
    assert sum("another version of faceaudit ran" in note for note in notes.said) == 1
    assert not (Path(store.root) / "report.html").exists(), "it may have shown names"
    run(plan_of(photos, membership=False), store, progress=(again := Notes()))
    assert not any("another version" in note for note in again.said)


def test_pseudonyms_by_another_secret_are_said_to_be_so(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes, plan, store = Notes(), plan_of(photos, membership=False), Store(tmp_path / "audit")
    for machine in ("one", "other"):
        monkeypatch.setenv("FACEAUDIT_CACHE", str(tmp_path / machine))
        assert not any("another machine" in note for note in notes.said)
        run(plan, store, progress=notes)
    assert sum("another machine" in note for note in notes.said) == 1
    assert found_in(everything_said(tmp_path / "audit"), TRACES) == []


def test_a_case_that_fails_names_nobody(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyError(f"{NAMES[0]}/wilhelmina_okonkwo_0001.png of {NAMES[2]!r}")

    monkeypatch.setattr("faceaudit.audit.backdoor.jobs.prepare_attack", fail)
    store, notes = Store(tmp_path / "audit"), Notes()
    done = run(plan_of(photos, membership=False), store, progress=notes)
    assert len(done.failed) == 2
    assert found_in(everything_said(Path(store.root)), TRACES) == []
    assert found_in("\n".join([*notes.said, *(why for _, why in done.failed)]), TRACES) == []
    assert done.failed[0][1].startswith('KeyError: "photo-')
    named = run(plan_of(photos, membership=False, show={"names": True}), store)
    assert NAMES[0] in named.failed[0][1]
    assert NAMES[0] not in next(one.error for one in store.cases() if one.error)


def test_an_error_before_the_first_case_names_nobody(photos: Path, tmp_path: Path) -> None:
    plan = plan_of(photos, membership=False)
    section = plan.section("backdoor").model_copy(update={"target": "Zoë Quimbie"})
    wrong = plan.model_copy(update={"sections": {"backdoor": (section,)}})
    with pytest.raises(FaceAuditError) as raised:
        run(wrong, Store(tmp_path / "audit"))
    assert found_in(str(raised.value), TRACES) == []
    assert "--show-names" in str(raised.value)
    named = wrong.model_copy(update={"show": plan.show.model_copy(update={"names": True})})
    with pytest.raises(FaceAuditError, match="try 'Zoë Quimby'"):
        run(named, Store(tmp_path / "audit"))


@pytest.mark.parametrize("where", ["prepare", "pictures"])
@pytest.mark.parametrize("names", [False, True])
def test_an_error_that_nobody_foresaw_names_nobody(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str, names: bool
) -> None:
    """After the photos are read: as jobs are made, or as pictures are made that were left out."""
    store, usual = Store(tmp_path / "audit"), BackdoorKind.prepare
    if where == "pictures":
        run(plan_of(photos, membership=False), store)

    def fail(*given: Any) -> Any:
        if where == "prepare":
            usual(*given)
        raise KeyError(NAMES[0])

    monkeypatch.setattr(BackdoorKind, where, fail)
    shown = plan_of(photos, membership=False, show={"faces": True, "names": names})
    with pytest.raises(KeyError) as raised:
        run(shown, store)
    assert (NAMES[0] in str(raised.value)) is names
    assert ("person-" in str(raised.value)) is not names


@pytest.mark.slow
def test_cases_side_by_side_keep_to_it(photos: Path, tmp_path: Path) -> None:
    store, alone = Store(tmp_path / "audit"), Store(tmp_path / "alone")
    plan = plan_of(photos, membership=False)
    assert run(plan, store, runner=ProcessRunner(2)).failed == ()
    assert found_in(everything_said(Path(store.root)), TRACES) == []
    run(plan, alone)
    for ours, theirs in zip(store.cases(), alone.cases(), strict=True):
        assert ours.evidence is not None
        assert theirs.evidence is not None
        assert ours.evidence.ids == theirs.evidence.ids, "one secret for all processes"
        assert ours.withheld == theirs.withheld


def test_a_system_of_the_store_knows_its_people_again(
    photos: Path, ran: tuple[Store, RunSummary, Notes], tmp_path: Path
) -> None:
    """Its file holds pseudonyms; an audit of it on this machine finds who is meant."""
    trained = next(iter(ran[0].cases())).facts["system"]
    system = {
        "system": "file",
        "path": f"{ran[0].root}/systems/{trained}/weights.safetensors",
    }
    finished = {"systems": [system], "other_keys": 2, "donors": 48}
    store = Store(tmp_path / "audit")
    plan = Plan(faces={"source": "folder", "path": str(photos)}, finished=finished)
    assert run(plan, store).failed == ()
    facts = [FinishedFacts.of(case) for case in store.cases()]
    recognition = next(one.recognition for one in facts if one.recognition)
    assert recognition.known_people == len(NAMES)
    assert recognition.strangers == 0
    assert all(one.name.startswith("person-") for one in recognition.by_person)
    drawn = [key.person for one in facts if one.keys for key in one.keys.keys if key.person]
    assert drawn
    assert all(person.startswith("person-") for person in drawn)
    assert found_in(everything_said(Path(store.root)), TRACES) == []


def test_whom_else_a_system_knows_is_not_said_either(tmp_path: Path) -> None:
    work = Workspace(tmp_path, discretion=Discretion(secret=bytes(32)))
    work.discretion.know_people(["Zoë Quimby"])
    zoe = work.discretion.label("Zoë Quimby")
    system = Names((zoe, "Ada Lovelace", "synthetic-0003"))
    name_people(system, ["Zoë Quimby", "Dragomir Okonkwo"], work)
    assert system.names == ("Zoë Quimby", "Ada Lovelace", "synthetic-0003")
    said = work.discretion.values({"person": "Ada Lovelace", "why": "Ada Lovelace"})
    assert said == dict.fromkeys(said, "person-eac14b447029f1ad")


def test_a_judged_store_keeps_to_it(photos: Path, tmp_path: Path) -> None:
    """The folder of photos is the user's own and has names; what is found with it has none."""
    for show in (False, True):
        plan = values_of(photos, membership=False, show={"faces": show, "names": show})
        made = poison(plan, tmp_path / f"photos-{show}")
        name = made.training_sets[0]
        store = Store(tmp_path / f"store-{show}")
        done = judge(made.folder, Names(NAMES), trained_on=name, store=store)
        said = everything_said(Path(store.root))
        assert len(done.record.pictures) == (11 if show else 1)
        assert found_in(said, set(NAMES)) == (sorted(NAMES) if show else [])
        assert found_in(said, {name}) == [name], "the training set can be found again"
        evidence = store.case(done.record.id).evidence
        assert evidence is not None
        assert all(id_.startswith("photo-") for id_ in evidence.ids)


def test_people_who_do_not_exist_are_shown(tmp_path: Path) -> None:
    faces = {"source": "synthetic", "people": 6, "photos": 8, "sessions": 2}
    plan = plan_of(tmp_path, membership=False)
    section = plan.as_json()["backdoor"]
    store = Store(tmp_path / "audit")
    run(Plan(backdoor={**section, "faces": faces, "target": None}), store)
    pristine, blended, _ = store.cases()
    assert pristine.spec["target"].startswith("synthetic-")
    assert pristine.evidence is not None
    assert all(id_.startswith("p0") for id_ in pristine.evidence.ids)
    assert len(blended.pictures) == 11
    assert not store.names()


@pytest.mark.realdata
def test_an_audit_on_lfw_shows_neither_a_face_nor_a_name(real_data: Path, tmp_path: Path) -> None:
    """Store, report and everything printed, by the command line as a user types it."""
    images = real_data / "lfw" / "images"
    counts = {one.name: len(list(one.iterdir())) for one in images.iterdir() if one.is_dir()}
    people = tuple(name for name, photos in counts.items() if photos >= MANY)
    files = {photo.stem for name in people for photo in (images / name).iterdir()}
    wanted = traces(people) | files
    faces = {"source": "lfw", "path": str(images), "minimum": MANY}
    plan = tmp_path / "plan.yaml"
    plan.write_text(yaml.safe_dump(values_of(images, target=None, faces=faces)), "utf-8")
    store, page = tmp_path / "audit", tmp_path / "audit" / "report.html"

    def type_in(command: str, *arguments: str) -> str:
        done = CliRunner().invoke(app, [command, *arguments])
        assert done.exit_code == 0, done.output
        return done.output

    printed = type_in("run", str(plan), "--store", str(store))
    printed += type_in("results", str(store))
    text = html.unescape(page.read_text("utf-8"))
    assert found_in(everything_said(store) + text + printed, wanted) == []
    assert [one for one in pictures_in(store) if not one.endswith("pictures/key.png")] == []
    assert len(pictures_on(text)) == 1
    shown = ("--show-faces", "--show-names")
    assert "0 cases run, 4 kept" in type_in("run", str(plan), "--store", str(store), *shown)
    text = html.unescape(page.read_text("utf-8"))
    target = next(Store(store).cases()).spec["target"]
    name = Store(store).names()[target]
    assert name in people
    assert name in text
    assert len(pictures_on(text)) > 4
    assert len(pictures_in(store)) == 22
    type_in("report", str(store))
    text = html.unescape(page.read_text("utf-8"))
    assert (found_in(text, wanted), len(pictures_on(text))) == ([], 1)
