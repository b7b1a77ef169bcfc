"""The page Give-away without a browser: its preparation, what it says, and what it keeps."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import faceaudit
from app.apptests import complaints, html, png
from app.ready import make_gallery, make_networks, reference
from faceaudit.api.rebuilding import RebuiltFace
from faceaudit.app import texts, work
from faceaudit.app.gallery import STEP as GALLERY
from faceaudit.app.gallery import Gallery, known_gallery, save
from faceaudit.app.networks import KnownNetwork, known
from faceaudit.app.parts.give_away import others, seen
from faceaudit.app.parts.give_away.apart import rebuild_apart
from faceaudit.app.parts.give_away.attempt import FMRS, Stolen, _passing, attempt, threshold
from faceaudit.app.parts.give_away.drawing import bars, cosine, first_numbers, journey
from faceaudit.app.parts.give_away.linking import link
from faceaudit.app.parts.give_away.others import known_figures, load_others
from faceaudit.app.parts.give_away.passing import _passes, _strangers
from faceaudit.app.prepared import DONE, folder_of
from faceaudit.app.preparing import give_away
from faceaudit.app.reference import FMRS as FMRS_KEPT
from faceaudit.app.settings import VARIABLE, Settings
from faceaudit.app.work import Work
from faceaudit.errors import CaseError, PhotoError
from faceaudit.metrics import wilson
from faceaudit.progress import silent

WORDS = texts.words("en", "give_away")


def prepare(settings: Settings) -> None:
    """Prepare the page on few people."""
    folder = folder_of(settings, others.STEP)
    folder.mkdir(parents=True, exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(others, "OWN", 14)
        patch.setattr(others, "ENROLLED", 12)
        patch.setattr(others, "PHOTOS", 2)
        patch.setattr(give_away, "PEOPLE", 2)  # the gallery here was not drawn
        patch.setattr(give_away, "PHOTOS", 2)
        patch.setattr(give_away, "ATTRIBUTES", ("sex",))
        give_away.STEP.make(settings, folder, silent)
    (folder / DONE).touch()


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(folder=tmp_path_factory.mktemp("give_away"))
    make_gallery(settings)
    make_networks(settings)
    prepare(settings)
    return settings


@pytest.fixture
def given(ready: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv(VARIABLE, ready.model_dump_json())
    return ready


def show() -> AppTest:
    def script() -> None:
        from faceaudit.app.pages.give_away import PAGE  # noqa: PLC0415 - AppTest runs the body

        PAGE.show()

    return AppTest.from_function(script, default_timeout=60)


def bring(page: AppTest, key: str, data: bytes) -> AppTest:
    source = next(one for one in page.button_group if one.key.startswith(f"{key}_source"))
    if source.value != "upload":
        source.set_value("upload").run()
    uploader = next(one for one in page.file_uploader if one.key == f"{key}_upload")
    return uploader.set_value(("photo", data, "image/png")).run()


def files(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_size for path in folder.rglob("*") if path.is_file()}


def test_what_was_measured_comes_back_as_it_was_kept(ready: Settings) -> None:
    found = known_figures(ready)
    assert found is not None
    assert set(found.read) == {"1", "2"}
    (sex,) = found.read["1"]
    assert sex.name == "sex"
    assert sex.values == (0, 1)
    assert sex.labelled == 14
    assert len(sex.answers) == 40
    assert all(len(one) == 2 and sum(one) == pytest.approx(1) for one in sex.answers)
    assert 0 <= sex.auc.low <= sex.auc.value <= sex.auc.high <= 1
    assert set(found.linked) == {"1>2", "2>1"}
    assert found.linked["1>2"].right.n == 12
    assert found.linked["1>2"].chance == pytest.approx(1 / 12)
    assert found.truth == {}  # patches are not what the gallery is drawn with


def test_nobody_is_the_attackers_and_enrolled(ready: Settings) -> None:
    figures = known_figures(ready)
    assert figures is not None
    one = load_others(ready, known(ready)[0], figures.drawn)
    own = set(one.faces.identity[one.own].tolist())
    enrolled = one.faces.identity[one.rows(1)].tolist()
    assert own == set(range(14))
    assert enrolled == list(range(14, 26))
    assert not set(one.rows(0).tolist()) & set(one.rows(1).tolist())


def test_attributes_are_learned_from_the_attackers_people_and_tried_on_the_others(
    ready: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = known_figures(ready)
    assert figures is not None
    one = load_others(ready, known(ready)[0], figures.drawn)
    measured: list[Any] = []
    infer = faceaudit.infer_attributes

    def watched(*given: Any, **options: Any) -> Any:
        measured.append(infer(*given, **options))
        return measured[-1]

    monkeypatch.setattr(faceaudit, "infer_attributes", watched)
    read = others.read_attribute(one, "sex", one.templates[:1])
    tried = set(one.faces.identity[measured[0].attacked].tolist())
    assert tried == set(one.faces.identity[one.rows(1)].tolist())
    assert (read.labelled, read.people) == (14, 12)


def test_of_real_people_nothing_is_guessed_or_kept(
    tmp_path: Path, ready: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gallery of the operator's own people; everything else as it is."""
    settings = Settings(folder=tmp_path)
    shutil.copytree(ready.root, tmp_path, dirs_exist_ok=True)
    made = known_gallery(ready)
    assert made is not None
    save(Gallery(made.photos, real=True), folder_of(settings, GALLERY))
    monkeypatch.setenv(VARIABLE, settings.model_dump_json())
    page = show().run()  # what was kept before, of people who do not exist, is not shown either
    assert not page.exception
    said = html(page)
    assert WORDS["attributes_real"] in said
    assert WORDS["attackers_synthetic"] in said
    assert WORDS["database_synthetic"].format(people=12) in said
    for never in ("answer", "sex_0", "sex_1", "attributes_single"):
        assert f">{WORDS[never]}<" not in said
    assert WORDS["auc"] in said
    assert "give_away_answers" not in page.session_state
    monkeypatch.setattr(give_away, "known", lambda given: known(given)[:1])
    prepare(settings)
    kept = known_figures(settings)
    assert kept is not None
    assert [one.answers for read in kept.read.values() for one in read] == [()]


def test_a_template_is_found_again_in_its_own_networks_database(ready: Settings) -> None:
    figures = known_figures(ready)
    assert figures is not None
    one = load_others(ready, known(ready)[0], figures.drawn)
    rows = one.rows(0)
    found = link(one, one, one.templates[rows], rows, known=True)
    assert found.first_right is not None
    assert found.first_right.value > 0.9


def test_with_nothing_prepared_it_says_what_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(folder=tmp_path)
    monkeypatch.setenv(VARIABLE, settings.model_dump_json())
    started: list[str] = []
    monkeypatch.setattr(work, "start", lambda _settings, name, _command: started.append(name))
    monkeypatch.setattr(work, "look", lambda *_: Work("absent"))
    page = show().run()
    assert not page.exception
    assert started == ["preparing"]
    assert WORDS["making_gallery"] in html(page)
    make_gallery(settings)
    page = show().run()
    assert not page.exception
    assert WORDS["making_rest"] in html(page)
    assert page.button(key="give_away_people_3") is not None


def test_the_first_thing_seen_is_a_face_and_what_it_passes(given: Settings) -> None:
    page = show().run()
    assert not page.exception
    said = html(page)
    assert said.count('class="verdict') == 2
    for name in ("passing", "attributes", "database"):
        assert WORDS[name] in said
    for name in ("rebuilt", "photo", "look_alike", "average_face", "random_face"):
        assert said.count(WORDS[f"picture_{name}"]) >= 2
    assert "1. " in said
    assert "5. " in said
    assert "Of 12 other people" in said
    assert WORDS["answer"] in said  # the people of the gallery do not exist
    assert WORDS["attackers_synthetic"] not in said
    (slider,) = page.select_slider
    assert slider.value == len(slider.options) - 1


def test_the_slider_shows_the_picture_after_so_many_steps(given: Settings) -> None:
    page = show().run()
    (slider,) = page.select_slider
    before = html(page)
    page = slider.set_value(0).run()
    assert not page.exception
    assert html(page) != before
    assert "after 0 steps" in html(page)


def test_a_system_that_only_answers_is_asked(given: Settings) -> None:
    page = show().run()
    chosen = next(one for one in page.button_group if one.key.startswith("give_away_attack"))
    page = chosen.set_value("search").run()
    assert not page.exception
    assert "questions. Score with the stolen template" in html(page)


def test_a_photo_of_ones_own_is_kept_nowhere_and_shown_to_nobody_else(given: Settings) -> None:
    rng = np.random.default_rng(5)
    pixels = rng.integers(0, 255, (90, 80, 3)).astype(np.uint8)
    other = np.clip(pixels.astype(int) + 20, 0, 255).astype(np.uint8)
    show().run()  # so that all that is loaded at first is
    before = files(given.root)
    page = bring(show().run(), "give_away", png(pixels))
    assert not page.exception
    said = html(page)
    assert WORDS["no_other"] in said
    assert WORDS["answer"] not in said
    assert WORDS["attributes_real"] in said
    assert WORDS["found_stranger"] in said
    page = bring(page, "give_away_other", png(other))
    assert not page.exception
    assert html(page).count('class="verdict') == 2
    assert WORDS["found_stranger"] not in html(page)
    assert files(given.root) == before
    found = next(iter(reversed(page.session_state["give_away_found"].values())))
    somebody = show().run()
    assert "give_away_found" in somebody.session_state
    assert all(
        not np.array_equal(one.crop, found.crop)
        for one in somebody.session_state["give_away_found"].values()
    )


def test_a_broken_photo_is_said_in_a_line(given: Settings) -> None:
    page = bring(show().run(), "give_away", b"no photo at all")
    assert not page.exception
    assert len(complaints(page)) == 1


def test_german_is_spoken(given: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    page = show()
    page.session_state["language"] = "de"
    page.run()
    assert not page.exception
    said = html(page)
    assert texts.words("de", "give_away")["passing"] in said
    assert WORDS["passing"] not in said


def test_a_face_rebuilt_apart_is_the_same(given: Settings) -> None:
    network = known(given)[0]
    figures = known_figures(given)
    assert figures is not None
    one = others.known_others(given, network, figures)
    template = one.templates[-1]
    how = {"attack": "white_box", "steps": 5}
    here = faceaudit.rebuild_face(
        network.embedder, template, one.own_faces, attack=how, cache=one.cache
    )
    seen: list[int] = []
    apart = rebuild_apart(network, one, template, how, lambda done, _: seen.append(done))
    assert seen == here.done.tolist() == apart.done.tolist()
    assert np.array_equal(apart.images, here.images)
    assert np.allclose(apart.scores, here.scores)
    with pytest.raises(CaseError, match="nobody"):
        rebuild_apart(network, one, template, {"attack": "nobody"}, lambda *_: None)


def test_a_photo_without_a_face_is_read_as_nothing_and_spoils_nothing(
    ready: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    network, gallery = known(ready)[0], known_gallery(ready)
    figures = known_figures(ready)
    assert gallery is not None
    assert figures is not None
    blind = gallery.photos[3].pixels
    crop = seen.crop_of

    def crop_of(network: KnownNetwork, pixels: np.ndarray) -> np.ndarray:
        if pixels is blind:
            raise PhotoError("no face was found")
        return crop(network, pixels)

    whole = give_away._templates(network, gallery)
    monkeypatch.setattr(seen, "crop_of", crop_of)
    templates = give_away._templates(network, gallery)
    rest = np.arange(len(whole)) != 3
    assert np.array_equal(templates[rest], whole[rest])
    assert not np.array_equal(templates[3], whole[3])
    found = others.read_attribute(load_others(ready, network, figures.drawn), "sex", templates)
    kept = figures.read["1"][0].answers
    assert len(found.answers) == len(kept)
    assert np.allclose(np.array(found.answers)[rest], np.array(kept)[rest], atol=1e-6)


def test_a_picture_passes_from_the_threshold_on() -> None:
    limits = [threshold(reference(), fmr) for fmr in FMRS]
    loose, strict = (one for one in limits if one is not None)
    for score, passes in (
        (np.nextafter(loose, -1), (False, False)),
        (loose, (True, False)),
        (np.nextafter(strict, -1), (True, False)),
        (strict, (True, True)),
    ):
        assert _passing(reference(), float(score)).passes == passes
    assert _passing(reference(), strict).strangers == reference().points[FMRS_KEPT.index(0.001)].fmr


@pytest.mark.parametrize(
    ("first", "second", "shown", "tries"),
    [(0.9, 0.95, 0.9, 1), (0.5, 0.7, 0.7, 2), (0.5, 0.2, 0.5, 2)],
)
def test_a_second_try_is_made_where_the_first_got_stuck_and_the_better_one_shown(
    ready: Settings,
    monkeypatch: pytest.MonkeyPatch,
    first: float,
    second: float,
    shown: float,
    tries: int,
) -> None:
    network, figures, gallery = known(ready)[0], known_figures(ready), known_gallery(ready)
    assert figures is not None
    assert gallery is not None
    made: list[Any] = []

    def rebuild_face(*_: Any, attack: Any, **__: Any) -> RebuiltFace:
        made.append(attack)
        score = 0.1
        if isinstance(attack, dict):
            score = first if attack.get("start") == "average" else second
        black = np.zeros((1, 55, 47, 3), dtype=np.uint8)
        return RebuiltFace(black, np.zeros(1, dtype=np.int64), np.array([score]), True, 0)

    monkeypatch.setattr(faceaudit, "rebuild_face", rebuild_face)
    people = load_others(ready, network, figures.drawn)
    photo = Stolen(gallery.photos[0].pixels)
    found = attempt(photo, network, [network], people, "white_box", lambda *_: None)
    assert found.pictures[0].own == found.rebuilt.scores[-1] == shown
    assert len([one for one in made if isinstance(one, dict)]) == tries
    assert found.other is None
    assert not found.pictures[0].before


def test_the_strictest_threshold_that_is_reached_is_named() -> None:
    assert _passes((True, True)) == "passes at 1 in 1,000"
    assert _passes((True, False)) == _passes((True, None)) == "passes at 1 in 100"
    assert _passes((False, False)) == "does not pass"
    assert _passes((None, None)) == "not known"


def test_more_than_half_of_strangers_are_most_of_them() -> None:
    assert _strangers(None) == _strangers(wilson(51, 100)) == WORDS["most_strangers"]
    assert _strangers(wilson(50, 100)).startswith("1 in 2 strangers")
    assert _strangers(wilson(1, 100)).startswith("1 in 100 strangers")


def test_numbers_are_never_rounded_to_certainty() -> None:
    assert cosine(0.9999) == "0.99+"
    assert cosine(1.0) == "1.00"
    assert cosine(-0.25) == "\N{MINUS SIGN}0.25"
    assert cosine(-0.001) == "0.00"


def test_bars_stand_on_the_ground_where_nothing_is_negative() -> None:
    upright = bars(np.array([0.0, 1.0, 2.0], dtype=np.float32))
    assert upright.count('y1="116"') == 4
    both = bars(np.array([-1.0, 1.0], dtype=np.float32))
    assert 'y1="60" y2="116.0"' in both
    assert 'y1="60" y2="4.0"' in both
    assert 'role="img" aria-label="The template as 2 bars' in both


def test_first_numbers_begin_where_there_are_any() -> None:
    template = np.zeros(20, dtype=np.float32)
    template[10] = 3
    assert first_numbers(template, 3) == "…  0.00  1.00  0.00  …"


def test_a_journey_marks_the_chosen_picture_and_says_how_it_went() -> None:
    images = np.zeros((3, 4, 4, 3), dtype=np.uint8)
    own = np.array([0.2, 0.5, 0.9])
    drawn = journey(images, [0, 1, 5], own, own / 2, [(0.8, "1 in 100")], 2, "step")
    assert drawn.count("<image ") == 3
    assert drawn.count('class="chosen"') == 1
    assert "3 pictures on the way" in drawn
    assert "from 0.20 to 0.90" in drawn
    assert "1 in 100</text>" in drawn
