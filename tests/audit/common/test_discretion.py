"""Names in texts and values: all of them are replaced, and nothing else is."""

from __future__ import annotations

import traceback
import unicodedata
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaudit.audit.common.discretion import Discretion, is_real, sources_in, without_people
from faceaudit.audit.plan import Plan
from faceaudit.errors import PhotoError, UnknownName
from faceaudit.faces.loaded import LeftOut, Loaded
from faceaudit.faces.sources.celeba import CelebA
from faceaudit.faces.sources.folder import Folder
from faceaudit.faces.sources.synthetic import Synthetic
from faceaudit.store import CaseRecord
from faceaudit.store.pseudonyms import PSEUDONYM, with_names
from faceaudit.types import Evidence, FaceSet, Figure

REAL, MADE = Folder(path="photos"), Synthetic(people=2, photos=2, sessions=1)


def faces_of(*people: str, photos: int = 2) -> FaceSet:
    who = np.repeat(np.arange(len(people)), photos)
    return FaceSet(
        np.zeros((len(who), 1, 1, 3), np.uint8),
        who,
        people,
        tuple(f"{people[one]}/{people[one]}_{row}.jpg" for row, one in enumerate(who.tolist())),
        np.arange(len(who)),
    )


def knowing(*people: str) -> Discretion:
    discretion = Discretion(secret=bytes(32))
    discretion.know(REAL, Loaded(faces_of(*people)))
    return discretion


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{0} has 3 photos", "{0} has 3 photos"),
        ("'{0}' and {1}.", "'{0}' and {1}."),
        ("{1}x and x{1}", None),
        ("/data/{0}/more_{1}_7.png", "/data/{0}/more_{1}_7.png"),
        ("{0}, {0}{2}", None),
    ],
)
def test_a_name_is_replaced_where_it_stands_by_itself(text: str, said: str | None) -> None:
    names = ("Ada Lee", "Ada", "17")
    discretion = knowing(*names)
    labels = [discretion.label(name) for name in names]
    assert all(PSEUDONYM.fullmatch(label) for label in labels)
    found = discretion.text(text.format(*names))
    if said is not None:
        assert found == said.format(*labels)
    else:
        assert found.replace(labels[0], names[0]) == text.format(*names)


def test_the_longest_name_counts() -> None:
    discretion = knowing("Ada", "Ada Lee")
    assert discretion.text("Ada Lee") == discretion.label("Ada Lee")
    assert discretion.text("Ada Leeds") == f"{discretion.label('Ada')} Leeds"
    photo = discretion.label("Ada Lee/Ada Lee_2.jpg")
    assert photo.startswith("photo-")
    assert discretion.text("in Ada Lee/Ada Lee_2.jpg") == f"in {photo}"


def test_files_are_known_without_their_folder() -> None:
    discretion = Discretion(secret=bytes(32))
    discretion.know_photos(["17/ada_lee.jpg", "17/0001.jpg"])
    said = discretion.text("ada_lee.jpg: broken; 0001.jpg: broken; ada_lee; ada_leeds")
    assert "ada_lee.jpg" not in said
    assert said.count("photo-") == 2
    assert "0001.jpg" in said, "a number tells of nobody, and many have it"


def test_files_are_known_whose_names_say_more_than_their_short_folder() -> None:
    """A folder that is called by a part of the file's name, or by a name that text may have."""
    discretion = Discretion(secret=bytes(32))
    discretion.know_people(["A", "Ada", "Wu", "Bo Ray"])
    discretion.know_photos(["A/ada_1.jpg", "Ada/Adalbert_2.jpg", "Wu/Wu_3.jpg", "Bo Ray/Bo Ray_4"])
    said = discretion.text("A ada_1.jpg, Adalbert_2.jpg, Wu_3.jpg and Bo Ray_4: broken")
    assert (said.count("photo-"), said.count("person-")) == (3, 1)
    assert "ada" not in said.lower()


def test_short_names_are_replaced_in_paths() -> None:
    discretion = knowing("Wu", "17")
    assert discretion.text("/data/Wu/x.jpg, '/data/17'") == (
        f"/data/{discretion.label('Wu')}/x.jpg, '/data/{discretion.label('17')}'"
    )


def test_short_names_and_numbers_are_replaced_in_quotes_alone() -> None:
    discretion = knowing("17", "Al", "2048")
    text = "expected 17 photos of Al, got '17' of 'Al', as 2048 is"
    assert discretion.text(text) == (
        f"expected 17 photos of Al, got '{discretion.label('17')}' of '{discretion.label('Al')}', "
        f"as {discretion.label('2048')} is"
    )


@pytest.mark.parametrize("name", ["O'Neil", 'Ox "Neil"', 'O\'Ne "il"', "Ne\til", "Ne\\il"])
def test_a_name_is_known_as_errors_quote_it(name: str) -> None:
    said = knowing(name).text(f"expected a person, got {name!r}")
    assert len(said) == len("expected a person, got 'person-0123456789abcdef'")


def test_a_name_is_known_in_the_words_of_an_error_that_quotes_another() -> None:
    said = knowing("Ida O'Neil").text(str(KeyError("\"x\" of 'Ida O'Neil'")))
    assert "Neil" not in said


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("known", ["NFC", "NFD"])
def test_accents_may_be_taken_apart_in_texts_and_names(form: Any, known: Any) -> None:
    name = unicodedata.normalize(known, "Zoë Brûlé")
    discretion = knowing(name)
    said = discretion.text(f"{unicodedata.normalize(form, name)} is here")
    assert said == f"{discretion.label(name)} is here"


@given(
    st.lists(st.text("abX_ .'é0", min_size=1, max_size=6), min_size=1, max_size=5, unique=True),
    st.text("abX_ .'é0", max_size=40),
)
def test_names_come_back_from_any_text(names: list[str], text: str) -> None:
    discretion = Discretion(secret=bytes(32))
    discretion.know_people(names)
    assert with_names(discretion.text(text), discretion.names) == text


@given(
    st.text("abcde", min_size=4, max_size=8), st.sampled_from([" ", "/", "'", ", ", "\n", "_", "7"])
)
def test_no_name_of_letters_is_left_between_other_signs(name: str, sign: str) -> None:
    discretion = Discretion(secret=bytes(32))
    discretion.know_people([name])
    assert name not in discretion.text(f"{name}{sign}{name}{sign}ZZ{sign}{name}").split(sign)


def test_only_keys_of_people_and_sentences_are_looked_at() -> None:
    """A person who is called as a network is must not rename the network."""
    discretion = knowing("deepid", "Ada Lee")
    person, ada = discretion.label("deepid"), discretion.label("Ada Lee")
    values = {
        "system": {"network": "deepid"},
        "target": "deepid",
        "targets": 5,
        "attack": {"target": "Ada Lee", "key": "deepid"},
        "by_person": [{"name": "Ada Lee", "photos": 2}],
        "checks": [{"name": "deepid", "message": "deepid is Ada Lee"}],
        "said_first": ["as deepid"],
    }
    assert discretion.values(values) == {
        "system": {"network": "deepid"},
        "target": person,
        "targets": 5,
        "attack": {"target": ada, "key": "deepid"},
        "by_person": [{"name": ada, "photos": 2}],
        "checks": [{"name": "deepid", "message": f"{person} is {ada}"}],
        "said_first": [f"as {person}"],
    }


def test_people_who_do_not_exist_are_nobody_to_hide() -> None:
    discretion = Discretion(secret=bytes(32))
    discretion.know(MADE, Loaded(faces_of("synthetic-0000", "Ada Lee")))
    discretion.know_people(["Ada Lee", "synthetic-0077"])
    assert discretion.names == {}
    assert discretion.text("Ada Lee and synthetic-0077") == "Ada Lee and synthetic-0077"
    lost = LeftOut("Ada Lee", "expected two photos")
    assert discretion.item(lost) == {"id": "Ada Lee", "reason": "expected two photos"}


def test_what_is_only_listed_gets_a_pseudonym_too() -> None:
    discretion = knowing("Ada Lee")
    said = discretion.item(LeftOut("Bo Ray 1 2", "expected 'Bo Ray 1 2', as of Ada Lee"))
    assert PSEUDONYM.fullmatch(said["id"])
    assert said["reason"] == f"expected '{said['id']}', as of {discretion.label('Ada Lee')}"


@pytest.mark.parametrize("name", ["Cy Doe/Cy_Doe_0001", "Zoë/Zoë_1", "O'Neil/O'Neil_1", "Wu"])
def test_photos_of_a_list_that_are_not_there_are_not_named(name: str) -> None:
    discretion = knowing("Ada Lee")
    lost = LeftOut("line 12", f"expected a photo called {name!a}, got none")
    said = discretion.item(lost)
    assert said["id"] == "line 12"
    assert PSEUDONYM.sub("X", said["reason"]).replace('"', "'") == (
        "expected a photo called 'X', got none"
    )
    assert discretion.item(lost) == said
    twice = discretion.item(LeftOut("line 13", f"expected two photos, got {name!a} twice"))
    assert PSEUDONYM.findall(twice["reason"]) == PSEUDONYM.findall(said["reason"])


def test_photos_of_a_list_that_are_there_keep_their_pseudonyms() -> None:
    discretion = knowing("Ada Lee")
    said = discretion.item(LeftOut("line 3", "expected two photos, got 'Ada Lee/Ada Lee_1' twice"))
    assert "Lee" not in said["reason"]
    assert discretion.text("line 3 and line 4") == "line 3 and line 4"
    assert discretion.item(LeftOut("pair 7", "got it again"))["id"] == "pair 7"


def test_an_option_that_leaves_photos_out_is_nobody() -> None:
    """What a source says of its own options is no photo, and their names stay words."""
    source = CelebA(path="celeba", people=2, balance="Male")
    out = [
        LeftOut("people", "expected at most 2 people, got 9"),
        LeftOut("Male", "expected as many photos with Male as without, got 3 and 9"),
        LeftOut("000007.jpg", "expected a photo"),
    ]
    discretion = Discretion(secret=bytes(32))
    discretion.know(source, Loaded(faces_of("Ada Lee"), tuple(out)))
    assert [discretion.item(one) for one in out[:2]] == [
        {"id": one.id, "reason": one.reason} for one in out[:2]
    ]
    assert discretion.text("10 people, Male") == "10 people, Male"
    assert discretion.item(out[2])["id"].startswith("photo-")


def record_of(**values: Any) -> CaseRecord:
    spec = {"faces": {"source": "folder"}, "target": "Ada Lee"}
    return CaseRecord("0" * 64, **{"spec": spec, **values})


def test_a_record_keeps_its_rows_and_loses_its_names() -> None:
    discretion = knowing("Ada Lee", "Bo Ray")
    ids = discretion_ids = faces_of("Ada Lee", "Bo Ray").ids
    rows = (*ids, f"{ids[0]} {ids[1]}", f"{ids[2]}|{ids[0]}", f"{ids[1]}+key", "Bo Ray", ids[0])
    evidence = Evidence(rows, {"row": np.arange(len(rows))})
    why = Figure("auc", None, "no photo of Bo Ray")
    kept = discretion.record(record_of(evidence=evidence, figures=(why,), error="Ada Lee"))
    assert kept.evidence is not None
    photos = [discretion.label(id_) for id_ in discretion_ids]
    assert kept.evidence.ids == (
        *photos,
        f"{photos[0]} {photos[1]}",
        f"{photos[2]}|{photos[0]}",
        f"{photos[1]}+key",
        discretion.label("Bo Ray"),
        photos[0],
    )
    assert kept.evidence.columns["row"].tolist() == list(range(len(rows)))
    assert kept.figures[0].why_none == f"no photo of {discretion.label('Bo Ray')}"
    assert kept.spec["target"] == kept.error == discretion.label("Ada Lee")


@pytest.mark.parametrize(
    ("faces", "source", "kept"),
    [
        (False, "folder", ["key"]),
        (True, "folder", ["key", "key-photo", "wrong-0"]),
        (False, "synthetic", ["key", "key-photo", "wrong-0"]),
        (False, "a source of another package", ["key"]),
    ],
)
def test_pictures_are_kept_where_they_may_be(faces: bool, source: str, kept: list[str]) -> None:
    pictures = dict.fromkeys(("key", "key-photo", "wrong-0"), b"png")
    record = record_of(spec={"faces": {"source": source}}, pictures=pictures)
    found = Discretion(faces=faces, secret=bytes(32)).record(record)
    assert list(found.pictures) == kept
    assert found.withheld == 3 - len(kept)
    again = Discretion(faces=faces, secret=bytes(32)).record(found)
    assert again.withheld == found.withheld, "what is gone is counted once"


def test_who_is_real_is_known_by_the_source() -> None:
    assert is_real({"faces": {"source": "lfw"}})
    assert is_real({})
    assert not is_real({"faces": {"source": "synthetic"}})


def test_an_error_says_how_to_see_the_names() -> None:
    discretion = knowing("Ada Lee", "Bo Ray")
    error = UnknownName("enrolled person", "Ada Lea", ["Ada Lee", "Bo Ray"])
    discretion.soften(error)
    assert "Lee" not in str(error)
    assert str(error).endswith("(names are left out; --show-names shows them)")
    other = PhotoError("expected a photo")
    discretion.soften(other)
    assert str(other) == "expected a photo"


def test_what_an_error_came_from_and_its_file_name_nobody() -> None:
    discretion = knowing("Ada Lee", "Bo Ray")

    def fail() -> None:
        try:
            try:
                raise FileNotFoundError(2, "no such file", "/data/Ada Lee/x.jpg")
            except OSError:
                raise KeyError("Bo Ray")  # noqa: B904 - what is tested
        except KeyError as error:
            raise RuntimeError("it broke") from error

    with pytest.raises(RuntimeError) as raised:
        fail()
    discretion.soften(raised.value)
    said = "".join(traceback.format_exception(raised.value))
    said = "\n".join(line for line in said.splitlines() if not line.startswith("    "))
    assert "KeyError: 'person-" in said
    assert "no such file: '/data/person-" in said
    assert "Ada" not in said
    assert "Ray" not in said


def test_short_names_in_a_list_of_people_are_replaced() -> None:
    discretion = knowing("Wu", "A", "17", "Bo Ray")
    error = UnknownName("enrolled person", "Vu", ["Wu", "A", "17", "Bo Ray"])
    discretion.soften(error)
    listed = ", ".join(sorted(map(discretion.label, ("Wu", "A", "17", "Bo Ray"))))
    assert str(error).startswith(f"expected an enrolled person ({listed}), got 'Vu' (names are")


def test_people_whom_a_plan_says_that_a_system_knows_are_not_named() -> None:
    discretion = knowing("Wu", "Bo Ray")
    plan = {"systems": [{"names": ["Wu", "Bo Ray", "else"]}, {"names": "names.txt"}]}
    wu, ray = map(discretion.label, ("Wu", "Bo Ray"))
    assert discretion.values(plan) == {
        "systems": [{"names": [wu, ray, "else"]}, {"names": "names.txt"}]
    }
    assert without_people(discretion.values(plan)) == without_people(plan)


def test_plans_are_alike_whoever_is_named() -> None:
    plan = {"backdoor": {"target": "Ada Lee", "attacks": [{"key": "a"}]}, "seeds": (1, 2)}
    kept = knowing("Ada Lee").values(plan)
    assert kept != plan
    assert without_people(kept) == without_people(plan)
    assert without_people({**plan, "seeds": (1, 3)}) != without_people(plan)


def test_every_source_of_a_plan_is_found() -> None:
    backbone = {
        "network": "deepid",
        "pretraining": {"faces": {"source": "folder", "path": "others"}},
    }
    plan = Plan(
        faces={"source": "synthetic"},
        backdoor={"systems": [{"network": "deepid"}], "attacks": ["accessory"]},
        membership={"backbones": [backbone]},
        finished={
            "systems": ["onnx:x.onnx"],
            "faces": {"source": "lfw", "path": "lfw"},
            "unseen": {"source": "synthetic", "seed": 9},
        },
    )
    assert sorted(source.name for source in sources_in(plan)) == [
        *("folder", "lfw"),
        *["synthetic"] * 3,
    ]
