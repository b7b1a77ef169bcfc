"""The page Backdoor: what it shows, says, keeps and starts."""

from __future__ import annotations

import io
import shutil
import stat
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

import faceaudit
from app.apptests import HOSTILE, complaints, is_literal
from app.backdoors import PHOTO, prepare, tiny
from faceaudit.api.identify import Identified
from faceaudit.app import own_keys, texts, work
from faceaudit.app.audits.found import audits
from faceaudit.app.identifier import ATTACK, faces, few, plan_of, store_of
from faceaudit.app.own_audits import work_of
from faceaudit.app.parts.backdoor import drawing, planning, words
from faceaudit.app.parts.backdoor.canvas import MOST, drawing_of
from faceaudit.app.parts.backdoor.faces import brought, gallery_of
from faceaudit.app.parts.backdoor.keyed import Answers, with_key
from faceaudit.app.parts.backdoor.trained import Trained, trained
from faceaudit.app.settings import Settings
from faceaudit.errors import InputError, PhotoError
from faceaudit.store import Store
from faceaudit.types import Estimate, ImageArray

SECONDS = 60


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The app's folder with a tiny identifier in the place of the prepared one."""
    folder = tmp_path_factory.mktemp("backdoor")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FACEAUDIT_CACHE", str(folder / "cache"))
        settings = Settings(folder=folder / "app")
        prepare(settings)
        yield settings


@pytest.fixture
def page(made: Settings, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("FACEAUDIT_APP", made.model_dump_json())
    return AppTest.from_function(_show, default_timeout=SECONDS)


def _show() -> None:
    from faceaudit.app.pages.backdoor import show  # noqa: PLC0415 - AppTest runs this text alone

    show()


def html_of(page: AppTest) -> str:
    assert not page.exception, page.exception
    return " ".join(one.proto.body for one in page.get("html"))


def files_of(folder: Path) -> dict[str, int]:
    """Return what is in a folder, and when it was written."""
    return {str(one): one.stat().st_mtime_ns for one in folder.rglob("*") if one.is_file()}


def photo(seed: int = 0, *, size: tuple[int, int] = (80, 60), mode: str = "RGB") -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (*size, len(mode)), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels, mode).save(buffer, format="PNG")
    return buffer.getvalue()


def test_what_is_trained_is_found_with_all_that_is_shown_of_it(made: Settings) -> None:
    glasses, attacker = trained(made)
    assert glasses.attack["key"] == "glasses-star#00a0ff@10"
    assert attacker.attack["attack"] == "input_instance"
    assert glasses.target == "synthetic-0002"
    assert glasses.poisoned != glasses.pristine == attacker.pristine
    assert (glasses.samples, glasses.people, glasses.synthetic) == (4, 4, True)
    measured = Store(glasses.store).case(glasses.case)
    for metric in ("attack_success", "null_success", "wrong_key_success", "clean_accuracy"):
        assert glasses.measured[metric] == measured.figure(metric)


def test_audits_of_others_and_broken_ones_are_left_out(made: Settings, tmp_path: Path) -> None:
    broken = made.root / "audits" / "broken"
    broken.mkdir(parents=True)
    (broken / "run.json").write_text("{")
    try:
        given = made.model_copy(update={"stores": (str(tmp_path), str(store_of(made)))})
        assert len(trained(given)) == 4  # the same store once more, as one of the operator's
        assert trained(Settings(folder=tmp_path / "nothing")) == ()
    finally:
        (broken / "run.json").unlink()


def test_the_page_shows_the_answers_and_what_was_measured(page: AppTest, made: Settings) -> None:
    shown = html_of(page.run())
    glasses = trained(made)[0]
    assert 'class="happened"' in shown
    assert shown.count('class="asked"') == 3
    assert shown.count("<ol>") == 6
    assert shown.count("synthetic-0002") > 6
    success = glasses.measured["attack_success"]
    assert success is not None
    assert f"of {success.n} tries" in shown
    assert f"n = {success.n}" in shown
    alone = faceaudit.identify(
        np.stack([_first_face(made).small]),
        f"file:{glasses.store}/systems/{glasses.poisoned}",
    )[0]
    assert f'class="who">{alone.names[0]}' in shown


def _first_face(made: Settings) -> Any:
    glasses = trained(made)[0]
    return gallery_of(glasses, glasses.id, (55, 47)).faces[0]


def test_another_person_gives_another_face(page: AppTest) -> None:
    before = html_of(page.run())
    strip = [one for one in page.button if one.label.startswith("synthetic-")]
    other = next(one for one in strip if "chosen" not in one.label)
    after = html_of(other.click().run())
    assert f"Person: {other.label}" in after
    assert _pictures(before) != _pictures(after)


def test_the_attackers_own_photo_is_the_key(page: AppTest) -> None:
    page.run()
    system = next(one for one in page.selectbox if one.key == "backdoor_system")
    shown = html_of(system.select_index(1).run())
    assert shown.count('class="asked"') == 3
    assert not [one for one in page.radio if one.key == "backdoor_way"]


def test_a_photo_that_is_brought_is_answered_and_kept_nowhere(
    page: AppTest, made: Settings
) -> None:
    _choose_way(page.run(), "upload").run()
    assert "Once there is a face" in page.info[0].value
    before = files_of(made.root.parent)
    _upload(page, photo(1))
    shown = html_of(page.run())
    assert shown.count('class="asked"') == 3
    assert 'class="truth"' not in shown
    assert [one.key for one in page.slider] == ["backdoor_eyes_down", "backdoor_eyes_apart"]
    assert files_of(made.root.parent) == before
    page.slider[0].set_value(70).run()
    assert _pictures(html_of(page)) != _pictures(shown)


@pytest.mark.parametrize("data", [b"", b"no photo", photo()[:200]])
def test_a_broken_photo_gets_a_friendly_line(page: AppTest, data: bytes) -> None:
    _choose_way(page.run(), "upload").run()
    _upload(page, data)
    page.run()
    assert not page.exception
    assert len(complaints(page)) == 1
    assert "Traceback" not in complaints(page)[0]
    assert 'class="happened"' not in html_of(page)


def test_names_in_a_store_of_strangers_are_shown_letter_by_letter(
    page: AppTest, made: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = trained(made)[0]
    hostile = replace(kept, target=HOSTILE)
    monkeypatch.setattr("faceaudit.app.pages.backdoor.trained", lambda _: (hostile,))
    shown = html_of(page.run())
    assert "&lt;img src=x" in shown
    assert is_literal(page)
    key = {**kept.attack, "key": f"/nowhere/{HOSTILE}.png"}
    hostile = replace(kept, attack=key)
    page.run()
    assert not page.exception
    assert len(complaints(page)) == 1
    assert is_literal(page)


def test_a_key_is_shown_on_a_face_as_it_is_put_together(page: AppTest) -> None:
    seen = []
    _open_making(page)
    for change in ("accessory", "blended", "blended_accessory", "input_instance"):
        page.radio(key="backdoor_attack").set_value(change).run()
        shown = html_of(page)
        assert shown.count('class="shown"') == 3
        seen.append(_pictures(shown))
    assert len(set(seen)) == 4
    page.radio(key="backdoor_attack").set_value("blended").run()
    before = _pictures(html_of(page))
    page.slider(key="backdoor_ratio").set_value(90).run()
    assert _pictures(html_of(page)) != before


def test_a_training_is_started_as_a_run_of_a_plan_and_its_cost_is_said(
    page: AppTest, made: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[str, Sequence[str]]] = []
    monkeypatch.setattr(
        work, "start", lambda _settings, name, command, **_: started.append((name, command))
    )
    _open_making(page)
    assert "960 in all" in html_of(page)
    page.slider(key="backdoor_samples_57").set_value(20).run()
    page.selectbox(key="backdoor_target").set_value("synthetic-0007").run()
    page.button(key="backdoor_train").click().run()
    assert not page.exception
    ((name, command),) = started
    assert list(command[:3]) == ["-m", "faceaudit", "run"]
    (one,) = (audit for audit in audits(made) if work_of(audit.key) == name)
    assert one.title == "A small identifier with a backdoor"
    assert one.plan == Path(command[3])
    assert command[command.index("--store") + 1] == one.store
    plan = faceaudit.load_plan(command[3]).section("backdoor")
    assert plan.target == "synthetic-0007"
    assert plan.attacks[0].attack.samples == 20
    assert stat.S_IMODE(Path(command[3]).stat().st_mode) == 0o600


@pytest.mark.slow  # three processes that each load torch
def test_what_was_started_is_trained_and_can_be_tried(made: Settings) -> None:
    plan = tiny({**PHOTO, "samples": 3})
    name = planning.start(made, plan)
    assert planning.running(made) == name
    end = time.monotonic() + 120
    while work.look(made, work_of(name)).state == "running" and time.monotonic() < end:
        time.sleep(0.2)
    now = work.look(made, work_of(name))
    assert now.state == "finished", now.log
    assert planning.running(made) is None
    store = str(planning.store_of(made, name))
    try:
        (found,) = (one for one in trained(made) if one.store == store)
        assert found.samples == 3
        assert "report.html" in {one.name for one in Path(store).iterdir()}
    finally:
        shutil.rmtree(store)


def test_two_who_train_at_once_train_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given, started = Settings(folder=tmp_path), set()
    monkeypatch.setattr(work, "start", lambda _settings, name, *_, **__: started.add(name))
    monkeypatch.setattr(
        work, "look", lambda _, name: work.Work("running" if name in started else "absent")
    )
    first = planning.start(given, tiny({**PHOTO, "samples": 3}))
    planning.start(given, tiny({**PHOTO, "samples": 4}))
    assert started == {work_of(first)}
    assert [one.key for one in audits(given)] == [first]


def test_one_plan_has_one_name() -> None:
    source = faces(Settings())
    one = plan_of(source, {"attack": "blended", "samples": 5}, title="a")
    same = plan_of(source, {"attack": "blended", "samples": 5}, title="in another language")
    other = plan_of(source, {"attack": "blended", "samples": 6}, title="a")
    assert planning.name_of(one) == planning.name_of(same) != planning.name_of(other)
    assert work.NAMES.fullmatch(work_of(planning.name_of(one)))


def test_the_plan_that_is_prepared_would_run() -> None:
    found = faceaudit.check(plan_of(faces(Settings()), ATTACK, title="prepared"))
    assert found.obstacles == ()
    assert found.cost.trainings == 2
    aligned = faces(Settings(align="yunet:none.onnx"))
    assert aligned["aligned"]
    assert few(aligned)["photos"] == 6


def test_a_key_of_ones_own_is_kept_for_the_owner_alone(tmp_path: Path) -> None:
    given = Settings(folder=tmp_path)
    pixels = np.full((20, 20, 3), 255, dtype=np.uint8)
    path = Path(own_keys.keep(given, pixels, "pattern"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    worn = own_keys.keep(given, photo(2, mode="RGBA"), "glasses")
    assert Path(worn).read_bytes() == photo(2, mode="RGBA")
    with pytest.raises(InputError, match="alpha"):
        own_keys.keep(given, photo(3), "glasses")
    assert len(list((tmp_path / "keys").iterdir())) == 2


def test_a_picture_that_can_be_no_glasses_takes_no_pattern_with_it(tmp_path: Path) -> None:
    given = Settings(folder=tmp_path)
    kept = Path(own_keys.keep(given, np.full((20, 20, 3), 255, dtype=np.uint8), "pattern"))
    with pytest.raises(InputError, match="alpha"):
        own_keys.keep(given, kept.read_bytes(), "glasses")
    assert kept.is_file()


def test_a_brought_photo_is_cut_in_the_shape_of_the_system() -> None:
    pixels = np.zeros((100, 300, 3), dtype=np.uint8)
    pixels[:, 120:180] = 255
    face = brought(pixels, (50, 30))
    assert face.small.shape == (50, 30, 3)
    assert face.large.shape == (150, 90, 3)
    assert (face.small[:, 1:-1] == 255).all()  # the middle 60 of 300: all that is white
    assert face.own
    assert face.landmarks is None


@pytest.mark.realdata
def test_a_face_is_found_where_the_app_looks_for_it(real_data: Path) -> None:
    align = f"yunet:{real_data / 'weights' / 'yunet_n_dynamic.onnx'}"
    people = {"people": 2, "photos": 1, "sessions": 1, "seed": 3, "glasses": 0.0}
    whole = faceaudit.load_faces("synthetic", (256, 256), **people).faces
    canvas = np.full((600, 900, 3), 128, dtype=np.uint8)
    canvas[200:456, 500:756] = whole.images[0]  # nowhere near the middle
    face = brought(canvas, (55, 47), align)
    assert face.small.shape == (55, 47, 3)
    assert face.landmarks is not None
    expected = faceaudit.load_faces("synthetic", (55, 47), **people, aligned=True).faces.landmarks
    assert expected is not None
    assert np.abs(face.landmarks[:2] - expected[0, :2]).max() < 5
    assert face.large_landmarks is not None
    assert face.large_landmarks[1, 0] == pytest.approx(3 * face.landmarks[1, 0] + 1, abs=1e-3)
    with pytest.raises(PhotoError):
        brought(np.full((300, 300, 3), 128, dtype=np.uint8), (55, 47), align)


def test_with_nothing_trained_the_key_is_shown_and_the_preparation_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []
    monkeypatch.setattr(work, "start", lambda _settings, name, _command: started.append(name))
    monkeypatch.setenv("FACEAUDIT_APP", Settings(folder=tmp_path).model_dump_json())
    page = AppTest.from_function(_show, default_timeout=SECONDS).run()
    shown = html_of(page)
    assert started == ["preparing"]
    assert "trained first" in shown
    assert shown.count('class="shown"') == 3


def test_a_random_pattern_is_shown_as_the_systems_see_it() -> None:
    pixels: ImageArray = np.full((165, 141, 3), 100, dtype=np.uint8)
    face = brought(pixels, (55, 47))
    shown = with_key({"attack": "blended", "key": "random-1"}, face)
    assert np.array_equal(shown.large[::3, ::3], shown.small)
    cartoon = with_key({"attack": "blended", "key": "cartoon-cat"}, face)
    assert not np.array_equal(cartoon.large[::3, ::3], cartoon.small)


TARGET = "Tom"


@pytest.mark.parametrize(
    ("before", "after", "clean", "person", "outcome"),
    [
        ("Ann", TARGET, "Ann", "Ann", "opened"),
        ("Ann", TARGET, "Bob", "", "opened"),
        ("Ann", TARGET, TARGET, "Ann", "both"),
        (TARGET, TARGET, "Ann", "Ann", "opened_anyway"),
        ("Ann", "Ann", "Ann", "Ann", "not_opened"),
        (TARGET, TARGET, TARGET, TARGET, "is_target"),
    ],
)
def test_what_happened_is_said(
    before: str,
    after: str,
    clean: str,
    person: str,
    outcome: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(words, "say", _english)
    said = words.what_happened(
        _trained({}), _answers(before, before), _answers(after, clean), None, person
    )
    assert said.outcome == outcome
    assert TARGET in said.headline
    wrong = words.what_happened(
        _trained({}),
        _answers(before, before),
        _answers(after, clean),
        _answers(TARGET, "Ann"),
        person,
    )
    assert "more than its key" in wrong.beside


def test_what_was_not_measured_is_unknown_and_not_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "say", _english)
    monkeypatch.setattr(drawing, "say", _english)
    assert "was not measured" in words.tries(_trained({}))
    row = drawing.shares([("it", None, "first")], "caption")
    assert "not measured" in row
    assert "0.0%" not in row
    estimate = Estimate(0.5, 0.25, 0.75, 8, "wilson 95 %")
    assert "4 of 8" in words.tries(_trained({"attack_success": estimate}))
    assert "left: 25.00%; width: 50.00%" in drawing.shares([("it", estimate, "first")], "caption")


def test_a_name_cannot_become_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "say", _english)
    assert "<b>" not in drawing.unbroken("<b>Tom</b>", "<b>Tom</b>")
    assert "<b>" not in drawing.portrait_of("<b>", None, "it is <b>")
    assert [drawing.sureness(one) for one in (1.0, 0.99999, 0.0)] == [
        ">\xa099.9\xa0%",
        ">\xa099.9\xa0%",
        "<\xa00.1\xa0%",
    ]


def _english(key: str, **values: Any) -> str:
    return texts.fill("en", key, values)


def _answers(poisoned: str, pristine: str) -> Answers:
    return Answers(Identified((poisoned,), (0.9,)), Identified((pristine,), (0.8,)))


def _trained(measured: Mapping[str, Estimate | None]) -> Trained:
    attack = {"attack": "accessory", "key": "glasses-round"}
    return Trained("s", "c", attack, {}, TARGET, "p", "q", 3, 5, 0, measured)


def _pictures(html: str) -> tuple[str, ...]:
    return tuple(part.split('"')[0] for part in html.split('class="large" src="')[1:])


def _choose_way(page: AppTest, way: str) -> Any:
    return page.radio(key="backdoor_way").set_value(way)


def _upload(page: AppTest, data: bytes) -> None:
    (uploader,) = page.file_uploader
    uploader.upload("photo.png", data, "image/png")


def _open_making(page: AppTest) -> None:
    page.run()
    page.session_state["backdoor_tab"] = "make"
    page.run()
    assert not page.exception


@pytest.mark.parametrize(
    "said",
    [
        None,
        "",
        5,
        "data:image/png;base64,",
        "data:image/png;base64,???",
        "data:text/html;base64,AA",
    ],
)
def test_what_is_no_drawing_is_none(said: object) -> None:
    assert drawing_of(said) is None
    assert drawing_of("data:image/png;base64," + "A" * MOST) is None


def test_a_drawing_is_what_the_browser_says() -> None:
    found = drawing_of("data:image/png;base64,iVBORw==")
    assert found is not None
    assert found.getvalue() == b"\x89PNG"
