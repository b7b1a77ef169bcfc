"""The page Scan without a browser: its words, its figures, and what it never shows."""

from __future__ import annotations

import ast
import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import faceaudit
from app.apptests import HOSTILE, complaints, html, is_literal
from app.scans import TARGET, keep, made_up, model, prepare
from faceaudit.api.scan import IdentifierScan
from faceaudit.app import texts, work
from faceaudit.app.parts.scan import choice, prepared, words
from faceaudit.app.parts.scan.apart import Asked
from faceaudit.app.parts.scan.kept import pack, unpack
from faceaudit.app.prepared import DONE, folder_of
from faceaudit.app.preparing import scan as preparing
from faceaudit.app.settings import VARIABLE, Settings
from faceaudit.app.work import Work
from faceaudit.audit.scan.bank import key_bank
from faceaudit.errors import StoreError
from faceaudit.mitigations.scan import Subject, scan_stages
from faceaudit.progress import silent
from faceaudit.report.numbers import SPACE
from faceaudit.systems.under_test.base import Access, IdentifierUnderTest
from faceaudit.types import FaceSet

WORDS = texts.words("en", "scan")
WAYS = 0
"""The place of the choice of what is scanned among the page's choices."""


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    folder = tmp_path_factory.mktemp("scan")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FACEAUDIT_CACHE", str(folder / "cache"))
        settings = Settings(folder=folder / "app")
        prepare(settings)
        yield settings


@pytest.fixture
def given(ready: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv(VARIABLE, ready.model_dump_json())
    return ready


def show() -> AppTest:
    def script() -> None:
        from faceaudit.app.pages.scan import PAGE  # noqa: PLC0415 - AppTest runs the body

        PAGE.show()

    return AppTest.from_function(script, default_timeout=60)


def found_page(found: IdentifierScan, **options: Any) -> AppTest:
    """Return a page that shows one scan."""

    def script(found, options) -> None:  # type: ignore[no-untyped-def]
        from faceaudit.app.parts.scan.found import show_found  # noqa: PLC0415 - as above

        show_found(found, **options)

    return AppTest.from_function(
        script, default_timeout=60, kwargs={"found": found, "options": options}
    ).run()


def read(page: AppTest) -> str:
    """Return what is read on a page."""
    return " ".join(re.sub("<[^>]*>", " ", html(page)).replace(SPACE, " ").split())


def chosen(page: AppTest, way: str) -> AppTest:
    return page.button_group[WAYS].set_value(way).run()


# what the app prepared


def test_the_poisoned_system_is_shown_first_with_the_truth_beside_the_verdict(
    given: Settings,
) -> None:
    page = show().run()
    assert not page.exception
    said = read(page)
    assert f"Suspicious: {TARGET} stands out" in said
    assert f"In truth it is {TARGET}, whom the scan puts first." in said
    assert "has a chance of 0.0012 where nobody is a target; below 0.05 counts" in said
    assert "It is no proof" in said
    assert "600 photos of 400 strangers, who do not exist" in said


def test_false_alarms_and_finds_stand_beside_with_interval_and_n(given: Settings) -> None:
    said = read(show().run())
    assert "False alarms 0.0 %" in said
    assert "0.0\u201332.4 % (95 % interval), n = 8" in said
    assert "Finds 75.0 %" in said
    assert "n = 4" in said
    assert "Beside it Nothing found" in said


def test_the_system_without_poison_is_one_click_away(given: Settings) -> None:
    page = show().run()
    page.button_group[1].set_value("pristine").run()
    said = read(page)
    assert said.count("Nothing found") == 1
    assert "In truth nobody is a target." in said
    assert f"Beside it Suspicious: {TARGET} stands out" in said
    assert "It is no clearance" in said
    assert WORDS["next_nothing_1"] in said


@pytest.mark.parametrize(
    ("poisoned", "pristine", "which", "said"),
    [
        ({"first": "synthetic-0009"}, {}, "poisoned", "puts at place"),
        ({"first": "a", "people": 2}, {}, "poisoned", "is not among the 2 most suspicious"),
        ({}, {"verdict": "suspicious"}, "pristine", "this is a false alarm"),
    ],
    ids=["later", "beyond", "alarm"],
)
def test_where_the_scan_is_wrong_the_page_says_so(
    given: Settings,
    poisoned: dict[str, Any],
    pristine: dict[str, Any],
    which: str,
    said: str,
) -> None:
    first = made_up(**poisoned)
    if "people" not in poisoned and poisoned:
        suspects = list(first.facts.suspects)
        suspects[3] = suspects[3].model_copy(update={"person": TARGET})
        first = replace(first, facts=first.facts.model_copy(update={"suspects": tuple(suspects)}))
    keep(given, first, made_up(**pristine))
    try:
        page = show().run()
        page.button_group[1].set_value(which).run()
        assert said in read(page)
    finally:
        keep(given, made_up(), made_up("nothing found", first="synthetic-0000"))


def test_with_nothing_prepared_the_page_says_what_is_made_and_takes_a_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []
    monkeypatch.setenv(VARIABLE, Settings(folder=tmp_path).model_dump_json())
    monkeypatch.setattr(work, "start", lambda *given, **_: started.append(given[1]))
    monkeypatch.setattr(work, "look", lambda *_: Work("running" if started else "absent"))
    page = show().run()
    assert not page.exception
    assert started == ["preparing"]
    assert WORDS["making_why"] in read(page)
    page = chosen(page, "upload")
    assert len(page.file_uploader) == 1
    assert WORDS["wanted"] in read(page)


def test_damaged_scans_are_not_shown(given: Settings) -> None:
    folder = folder_of(given, prepared.STEP)
    kept = (folder / "poisoned.json").read_text()
    (folder / "poisoned.json").write_text('{"facts": {}}')
    try:
        assert prepared.known_scans(given) is None
    finally:
        (folder / "poisoned.json").write_text(kept)
    assert prepared.known_scans(given) is not None


# the preparation


def test_both_systems_are_scanned_once_with_references_and_none_twice(
    ready: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, dict[str, Any]]] = []

    def scanned(system: str, **options: Any) -> Any:
        asked.append((system, options))
        return made_up()

    monkeypatch.setattr(faceaudit, "scan_identifier", scanned)
    preparing.make(ready, tmp_path, silent)
    system = prepared.own_system(ready)
    assert system is not None
    assert [one[0].rpartition("/")[2] for one in asked] == [system.poisoned, system.pristine]
    assert {one[1]["references"] for one in asked} == {8}
    assert {one[1]["planted"] for one in asked} == {4}
    (tmp_path / "pristine.json").unlink()
    preparing.make(ready, tmp_path, silent)
    assert [one[0].rpartition("/")[2] for one in asked[2:]] == [system.pristine]


def test_without_the_identifiers_the_preparation_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="expected the identifiers that the app prepares"):
        preparing.make(Settings(folder=tmp_path), tmp_path, silent)


# a scan as plain values


def test_a_scan_comes_back_as_it_was_packed() -> None:
    found = made_up()
    back = unpack(json.loads(json.dumps(pack(found))))
    assert back.facts == found.facts
    assert back.figures == found.figures
    assert back.pictured_by == found.pictured_by
    assert sorted(back.pictures) == sorted(found.pictures)
    for name, picture in found.pictures.items():
        np.testing.assert_array_equal(back.pictures[name], picture)
    assert back.ground is not None
    assert found.ground is not None
    np.testing.assert_array_equal(back.ground, found.ground)


# what was found


def test_who_stands_out_is_said_in_words_and_bars_are_counts() -> None:
    page = found_page(made_up())
    (rows, rest) = re.findall(r"<tbody>(<tr class=.*?)</tbody>", html(page))[:2]
    first, second, *_ = rows.split("</tr>")
    assert "stands out" in first
    assert "stands out" not in second
    assert "1,200 photos" in first
    assert "300 photos" in second
    assert "1,280 photos" in first
    assert 'style="width: 100.00%"' in first
    assert 'style="width: 25.00%"' in second
    assert rows.count("<tr") == 6
    assert rest.count("<tr") == 6
    assert "stands out" not in rest


def test_each_picture_has_the_words_of_its_own_stage() -> None:
    page = found_page(made_up())
    parts = re.findall(r"<li><figure>.*?</li>", html(page))
    assert len(parts) == 3  # the bare photo first
    assert "without anything" in parts[0]
    assert "3.4" in parts[1]
    assert "98 of 100 photos" in parts[1]
    assert "glasses-star" not in parts[1]
    assert "The key “glasses-star” sends 61 of 100 photos" in parts[2]
    assert all('src="data:image/png;base64,' in one for one in parts)
    assert all(re.search(r'alt="[^"]+"', one) for one in parts)


def test_the_words_for_remarks_fit_what_the_stages_say(tmp_path: Path) -> None:
    """Remarks are read back: a stage that says them otherwise would go without words."""
    remarks = _remarks_of_stages(tmp_path)
    assert words._BY_KEY.fullmatch(remarks["share of photos with a key"])
    assert words._BY_TRIGGER.fullmatch(
        remarks["share of the photo that is left free by the smallest trigger found"]
    )


class Named:
    """An identifier of twelve people, each of whom it names."""

    names, access = tuple("abcdefghijkl"), frozenset({Access.LABELS})

    def labels(self, faces: FaceSet) -> np.ndarray:
        return np.arange(len(faces)) % 12


def _remarks_of_stages(folder: Path) -> dict[str, str]:
    file = folder / "model.safetensors"
    file.write_bytes(model())
    system = faceaudit.system_under_test(f"file:{file}").open(cache=folder / "answers")
    assert isinstance(system, IdentifierUnderTest)
    source = {"source": "synthetic", "people": 12, "photos": 1, "sessions": 1}
    faces = faceaudit.load_faces(source, system.size, cache=folder / "cache").faces
    subject = Subject(system, faces, faces.take(np.array([0])), keys=key_bank()[:1])
    named = replace(subject, system=Named())  # type: ignore[arg-type]
    bank = scan_stages.build("key_bank").suspect(named, np.empty(0, dtype=np.int64))
    short = {"stage": "trigger_inversion", "steps": 10, "beside": 2, "photos": 8}
    inversion = scan_stages.build(short).suspect(subject, np.array([0]))
    return {one.what: next(iter(one.remarks.values())) for one in (bank, inversion)}


def test_stages_show_share_lead_clean_networks_and_limit() -> None:
    page = found_page(made_up())
    body = next(part for part in re.findall(r"<tbody>.*?</tbody>", html(page)) if "Patches" in part)
    patches, keys, directions, trigger = body.removesuffix("</tbody>").split("</tr>")[:4]
    plain = re.sub("<[^>]*>", " ", patches).replace(SPACE, " ")
    assert "50.0 %" in plain
    assert "n = 2,400" in plain
    assert "6.25 times" in plain
    assert "1.10 to 1.80 times" in plain  # of the planted one, which has 99, nothing
    assert "0.0006, limit 0.02" in plain
    assert "unknown" in keys  # no clean network says anything of keys
    assert "says nothing: it needs embeddings" in directions
    assert "does not decide" in trigger


def test_a_verdict_by_the_weights_is_not_said_of_photos() -> None:
    found = made_up()
    label = found.suspects[0].label
    seen = {"decides": True, "labels": (label,), "chance": 1e-5, "part": 1 / 6, "why": ""}
    stages = tuple(
        one.model_copy(update=seen) if one.stage == "shattered_directions" else one
        for one in found.stages
    )
    photos = "Strangers with something on their photos are taken for"
    assert photos in read(found_page(found))
    by_weights = replace(found, facts=found.facts.model_copy(update={"stages": stages}))
    said = read(found_page(by_weights))
    assert photos not in said
    assert "In the directions that its weights lack" in said


def test_without_references_the_page_says_what_is_not_known() -> None:
    said = read(found_page(made_up(references=False)))
    assert WORDS["unmeasured_alarms"] in said
    assert WORDS["unmeasured_power"] in said
    assert "False alarms not measured" in said
    assert "Finds not measured" in said
    assert "trained here on people" not in said


def test_not_testable_is_no_clearance_and_says_why() -> None:
    page = found_page(made_up("not testable", pictures=False))
    said = read(page)
    assert "Not testable" in said
    assert "names nobody on any photo of a stranger. It is no clearance" in said
    assert WORDS["opens_none"] in said
    assert WORDS["next_untestable_1"] in said
    assert "verdict open" in html(page)


def test_the_preparation_of_pixels_is_said_where_it_was_tried() -> None:
    said = read(found_page(made_up()))
    assert "so 2 ways were tried" in said
    assert "“the network's own”" in said.replace("&#x27;", "'")
    found = made_up()
    without = replace(found, facts=found.facts.model_copy(update={"preparations": ()}))
    assert "ways were tried" not in read(found_page(without))


def test_names_in_a_model_are_shown_letter_by_letter() -> None:
    found = made_up(first=HOSTILE)
    page = found_page(found, name=HOSTILE, asked=(f"file:{HOSTILE}", ""))
    assert not page.exception
    assert is_literal(page)


def test_the_command_and_python_name_the_model_and_its_network() -> None:
    page = found_page(made_up(), asked=("file:door.h5", "deepid"))
    command, python = (one.value for one in page.code)
    assert command.startswith("faceaudit scan file:door.h5 --system network=deepid ")
    assert 'options={"network": "deepid"}' in python
    compile(python, "shown", "exec")


def test_the_name_of_a_model_ends_no_word_of_a_command() -> None:
    name = "file:a\"); import os  # '; rm x\n.h5"
    command, python = (one.value for one in found_page(made_up(), asked=(name, "")).code)
    assert len(shlex.split(command)) == 7
    assert "\n" not in command
    first, second = ast.parse(python).body
    assert isinstance(first, ast.Assign)
    assert isinstance(second, ast.Expr)


@pytest.mark.parametrize(
    ("chance", "said"),
    [(None, "unknown"), (1.0, "1"), (0.31, "0.31"), (0.05, "0.05"), (0.00123, "0.0012")],
)
def test_chances_are_written_with_two_figures(chance: float | None, said: str) -> None:
    assert words.chance_words(chance) == said


def test_a_tiny_chance_is_never_said_as_none() -> None:
    assert words.chance_words(1e-9) == f"<{SPACE}0.0001"


def test_everything_is_said_in_german_with_numbers_as_there(given: Settings) -> None:
    page = show()
    page.session_state["language"] = "de"
    page.run()
    said = read(page)
    assert not page.exception
    assert f"Verdächtig: {TARGET} fällt auf" in said
    assert "0,0012" in said
    assert "das 6,25fache" in said
    assert "0,0\u201332,4 % (95-%-Intervall), n = 8" in said


# a model that somebody brings


class Scanned:
    """A scan that is done, or under way, without a process."""

    name, asked = "door.h5", Asked("file")

    def __init__(
        self, *, running: bool, found: Any = None, error: str = "", brought: bool = True
    ) -> None:
        self.brought = brought
        self.running, self.found, self.error = running, found, error
        self.work = Work("running", doing="reference networks", share=0.25)
        self.stopped = False

    def stop(self) -> None:
        self.stopped = True


def under(scan: Scanned) -> AppTest:
    page = show()
    page.session_state[choice.SCANNING] = scan
    return page.run()


def test_a_scan_that_is_under_way_is_shown_and_can_be_stopped(given: Settings) -> None:
    scan = Scanned(running=True)
    page = under(scan)
    assert "Scanning door.h5" in read(page)
    assert 'value="0.2500"' in html(page)
    assert "25 % done" in read(page)
    next(one for one in page.button if one.key == "scan_stop").click().run()
    assert scan.stopped
    assert choice.SCANNING not in page.session_state
    assert len(page.file_uploader) == 1


def test_of_a_file_of_this_machine_nothing_is_said_to_be_removed(given: Settings) -> None:
    page = under(Scanned(running=True))
    assert WORDS["bring_kept"] in read(page)
    page = under(Scanned(running=True, brought=False))
    assert WORDS["bring_kept"] not in read(page)
    stop = next(one for one in page.button if one.key == "scan_stop")
    assert stop.label == WORDS["stop_path"]


def test_what_was_found_is_shown_until_another_is_brought(given: Settings) -> None:
    page = under(Scanned(running=False, found=made_up()))
    said = read(page)
    assert "What was found in door.h5" in said
    assert "In truth" not in said
    assert page.code[0].value.startswith("faceaudit scan file:door.h5")
    next(one for one in page.button if one.key == "scan_again").click().run()
    assert len(page.file_uploader) == 1


@pytest.mark.parametrize(
    ("error", "said"),
    [("expected an identifier, got <b>", "That did not work: expected an identifier"), ("", "45")],
)
def test_a_scan_that_failed_says_why(given: Settings, error: str, said: str) -> None:
    page = under(Scanned(running=False, error=error))
    assert said in complaints(page)[0]
    assert is_literal(page)


def test_a_model_is_handed_over_as_it_was_asked_for(
    given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[tuple[Any, ...]] = []

    def begin(settings: Settings, asked: Asked, data: Any, *, suffix: str, name: str) -> Scanned:
        begun.append((asked, data, suffix, name))
        return Scanned(running=True)

    monkeypatch.setattr(choice, "begin", begin)
    page = chosen(show().run(), "upload")
    data = model()
    page.file_uploader[0].upload("my door.bin", data, "x/y").run()
    network = page.selectbox[0]
    assert "deepid" in network.options
    assert "onnx" not in network.options
    network.set_value("deepid").run()
    page.button_group[1].set_value(0).run()
    next(one for one in page.button if one.key == "scan_start").click().run()
    assert begun == [(Asked("file", "deepid", 0, None), data, ".safetensors", "my door.bin")]
    assert "Scanning door.h5" in read(page)


def test_only_one_model_is_scanned_at_a_time(
    given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "begin", lambda *_, **__: None)
    page = chosen(show().run(), "upload")
    page.file_uploader[0].upload("a.safetensors", model(), "x/y").run()
    next(one for one in page.button if one.key == "scan_start").click().run()
    assert complaints(page) == [WORDS["busy"]]
    assert choice.SCANNING not in page.session_state


def test_a_file_of_this_machine_is_named_where_nobody_else_gets_in(
    given: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Any] = []
    monkeypatch.setattr(
        choice, "begin", lambda *given, **_: begun.append(given[1:]) or Scanned(running=True)
    )
    file = tmp_path / "a.onnx"
    file.write_bytes(b"x")
    page = chosen(show().run(), "path")
    for wrong in (str(tmp_path / "none"), "~nobody-is-called-this/a.onnx", "/" + "a" * 300, "a\0b"):
        page.text_input[0].set_value(wrong).run()
        next(one for one in page.button if one.key == "scan_start").click().run()
        assert not page.exception
        assert "expected the path of a model" in complaints(page)[0]
    page.text_input[0].set_value(str(file)).run()
    next(one for one in page.button if one.key == "scan_start").click().run()
    assert begun == [(Asked("onnx"), file)]


def test_where_others_get_in_no_file_can_be_named(
    ready: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exposed = ready.model_copy(update={"exposed": True})
    monkeypatch.setenv(VARIABLE, exposed.model_dump_json())
    page = show().run()
    assert len(page.button_group[WAYS].options) == 2
    with pytest.raises(faceaudit.OptionError):
        choice._there(str(tmp_path), exposed)


def test_the_step_is_made_where_the_page_looks_for_it(ready: Settings) -> None:
    assert preparing.STEP.name == prepared.STEP
    assert (folder_of(ready, preparing.STEP.name) / DONE).is_file()
