"""CelebA: parts, people and balance chosen by names alone, and its columns with every photo."""

import io
from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from faceaudit.errors import OptionError, SourceError
from faceaudit.faces.loaded import Survey
from faceaudit.faces.sources.base import sources
from faceaudit.progress import Silent
from faceaudit.types import FaceSet

SIZE = (109, 89)
NAMES = ("Male", "Smiling", "Young")
PEOPLE = 12


def photo_of(seed: int) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (218, 178, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "BMP")
    return out.getvalue()


# Person p has 2 + p % 3 photos; people 0-7 train, 8-9 validation, 10-11 test.
PERSON = {}
for who in range(PEOPLE):
    for _ in range(2 + who % 3):
        PERSON[f"{len(PERSON) + 1:06d}.jpg"] = who
COUNT = len(PERSON)
SIGN = {name: [(1 if (row * 7 + at * 3) % 5 < 2 else -1) for at in range(3)]
        for row, name in enumerate(PERSON)}  # fmt: skip
POINTS = {name: [row, 100 + row, 60, 70, 50, 80, 40, 90, 60, 91] for row, name in enumerate(PERSON)}


def part_of(who: int) -> int:
    return 0 if who < 8 else 1 if who < 10 else 2


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    root = tmp_path_factory.mktemp("celeba")
    (root / "img_align_celeba").mkdir()
    for row, name in enumerate(PERSON):
        (root / "img_align_celeba" / name).write_bytes(photo_of(row))
    write(root)
    return root


def write(root):
    texts = {
        "identity_CelebA.txt": [f"{name} {who + 100}" for name, who in PERSON.items()],
        "list_eval_partition.txt": [f"{name} {part_of(who)}" for name, who in PERSON.items()],
        "list_attr_celeba.txt": [str(COUNT), " ".join(NAMES) + " "]
        + [f"{name} {' '.join(f'{sign:2d}' for sign in SIGN[name])}" for name in PERSON],
        "list_landmarks_align_celeba.txt": [str(COUNT), " ".join(f"n{n}" for n in range(10))]
        + [f"{name}    {' '.join(map(str, POINTS[name]))}" for name in PERSON],
    }
    for name, lines in texts.items():
        (root / name).write_text("\n".join(lines) + "\n")


@pytest.fixture
def copy(whole, tmp_path):
    """The text files anew, the photos by link to their folder."""
    root = tmp_path / "celeba"
    root.mkdir()
    (root / "img_align_celeba").symlink_to(whole / "img_align_celeba")
    write(root)
    return root


def celeba(root, **options):
    return sources.build({"source": "celeba", "path": str(root), **options})


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


def people(faces: FaceSet) -> set[str]:
    return {faces.names[n] for n in faces.identity}


def test_photos_people_and_attributes(whole, cache):
    loaded = celeba(whole, crop=1.0).load(SIZE, cache=cache)
    faces = loaded.faces
    assert loaded.left_out == ()
    assert faces.ids == tuple(PERSON)
    assert [faces.names[n] for n in faces.identity] == [f"{100 + w:05d}" for w in PERSON.values()]
    assert tuple(faces.attributes) == NAMES
    for at, name in enumerate(NAMES):
        assert faces.attributes[name].dtype == np.int64
        assert faces.attributes[name].tolist() == [int(SIGN[id_][at] == 1) for id_ in faces.ids]
    assert celeba(whole).survey() == Survey(PEOPLE, COUNT)
    # Half of the size: the middle of pixel (x, y) is at (x + 1/2) / 2 from the edge.
    expected = np.array([POINTS[id_] for id_ in faces.ids]).reshape(-1, 5, 2) / 2 - 0.25
    np.testing.assert_allclose(faces.landmarks, expected, atol=1e-5)
    again = FaceSet(faces.images, faces.identity, faces.names, faces.ids, faces.group,
                    faces.landmarks, faces.attributes)  # fmt: skip
    assert again.fingerprint == faces.fingerprint


def test_some_photos_have_the_attributes_and_landmarks_that_they_have_among_all(whole, tmp_path):
    asked = tuple(PERSON)[2:9:3]
    some = celeba(whole).load_chosen(SIZE, lambda ids: asked, cache=tmp_path / "some").faces
    faces = celeba(whole).load(SIZE, cache=tmp_path / "all").faces
    rows = [faces.ids.index(id_) for id_ in asked]
    assert some.ids == asked
    np.testing.assert_array_equal(some.images, faces.images[rows])
    np.testing.assert_array_equal(some.landmarks, faces.landmarks[rows])
    for name in NAMES:
        np.testing.assert_array_equal(some.attributes[name], faces.attributes[name][rows])


def test_landmarks_follow_the_crop(whole, cache):
    """A white dot at a landmark is where the landmark says, in the crop."""
    faces = celeba(whole, crop=(0.1, 0.2, 0.9, 0.7)).load((300, 200), cache=cache).faces
    scale = np.array([200 / (0.5 * 178), 300 / (0.8 * 218)])
    corner = np.array([0.2 * 178, 0.1 * 218])
    for row in (0, COUNT - 1):
        x, y = POINTS[faces.ids[row]][4:6]
        middle = (np.array([x + 0.5, y + 0.5]) - corner) * scale
        np.testing.assert_allclose(faces.landmarks[row, 2] + 0.5, middle, atol=1e-4)


@pytest.mark.parametrize(("part", "number"), [("train", 0), ("validation", 1), ("test", 2)])
def test_its_own_parts(whole, cache, part, number):
    faces = celeba(whole, part=part).load((11, 9), cache=cache).faces
    assert people(faces) == {f"{100 + w:05d}" for w in range(PEOPLE) if part_of(w) == number}


def test_parts_by_identity_are_disjoint_and_whole(whole, cache):
    found = []
    for part in ("train", "validation", "test"):
        source = celeba(whole, part=part, by_identity=(0.5, 0.25, 0.25), seed=3)
        found.append(people(source.load((11, 9), cache=cache).faces))
    assert [len(part) for part in found] == [6, 3, 3]
    assert len(set().union(*found)) == PEOPLE
    other = celeba(whole, part="train", by_identity=(0.5, 0.25, 0.25), seed=4)
    assert people(other.load((11, 9), cache=cache).faces) != found[0]


@pytest.mark.parametrize("balance", NAMES)
def test_as_many_with_as_without(whole, cache, balance):
    loaded = celeba(whole, balance=balance).load((11, 9), cache=cache)
    column = loaded.faces.attributes[balance]
    have = sum(SIGN[name][NAMES.index(balance)] == 1 for name in PERSON)
    assert column.sum() == len(column) - column.sum() == min(have, COUNT - have)
    (out,) = loaded.left_out
    assert out.id == balance
    assert f"got {have} and {COUNT - have}; {abs(COUNT - 2 * have)} are left out" in out.reason
    same = celeba(whole, balance=balance).load((11, 9), cache=cache).faces
    assert same.fingerprint == loaded.faces.fingerprint
    other = celeba(whole, balance=balance, seed=1).load((11, 9), cache=cache).faces
    assert other.ids != loaded.faces.ids


def test_minimum_and_a_cap_on_people(whole):
    many = [who for who, n in Counter(PERSON.values()).items() if n >= 3]
    assert celeba(whole, minimum=3).survey().people == len(many)
    assert celeba(whole, minimum=3, people=2).survey().people == 2
    assert celeba(whole, people=1000).survey() == Survey(PEOPLE, COUNT)
    listing = celeba(whole, minimum=3, people=2)._choose().listing
    assert {out.id for out in listing.left_out} == {
        "people", *(f"{100 + w:05d}" for w in range(PEOPLE) if w not in many),
    }  # fmt: skip


def test_what_is_missing_is_listed(copy, whole, tmp_path, cache):
    photos = tmp_path / "celeba/img_align_celeba"
    photos.unlink()
    photos.mkdir()
    for name in list(PERSON)[2:]:
        (photos / name).write_bytes((whole / "img_align_celeba" / name).read_bytes())
    (photos / "unknown.jpg").write_bytes(photo_of(1))
    lines = (copy / "list_attr_celeba.txt").read_text().splitlines()
    lines = [str(COUNT - 1), *lines[1:-1]]
    (copy / "list_attr_celeba.txt").write_text("\n".join(lines))
    loaded = celeba(copy).load((11, 9), cache=cache)
    first, second, *_, last = PERSON
    assert [out.id for out in loaded.left_out] == [first, second, last, "unknown.jpg"]
    assert "list_attr_celeba.txt, got none" in loaded.left_out[2].reason
    assert "identity_CelebA.txt, got none" in loaded.left_out[3].reason
    assert len(loaded.faces) == COUNT - 3


def test_the_published_folders_and_no_attributes(copy, whole, cache):
    (copy / "Img").mkdir()
    (copy / "img_align_celeba").rename(copy / "Img/img_align_celeba")
    (copy / "Anno").mkdir()
    (copy / "Eval").mkdir()
    (copy / "identity_CelebA.txt").rename(copy / "Anno/identity_CelebA.txt")
    (copy / "list_eval_partition.txt").rename(copy / "Eval/list_eval_partition.txt")
    (copy / "list_attr_celeba.txt").unlink()
    (copy / "list_landmarks_align_celeba.txt").unlink()
    faces = celeba(copy, part="test").load((11, 9), cache=cache).faces
    assert people(faces) == {"00110", "00111"}
    assert faces.attributes == {}
    assert faces.landmarks is None
    with pytest.raises(SourceError, match=r"expected list_attr_celeba\.txt in .*got none"):
        celeba(copy, balance="Male").survey()


def test_people_of_two_parts_are_said(copy, cache):
    path = copy / "list_eval_partition.txt"
    path.write_text(path.read_text().replace("000001.jpg 0", "000001.jpg 2"))

    class Heard(Silent):
        notes = ()

        def note(self, text):
            self.notes = (*self.notes, text)

    heard = Heard()
    celeba(copy, part="test").load((11, 9), cache=cache, progress=heard)
    assert heard.notes == ("1 people of 'test' are in another part too",)


BAD = {
    "identity_CelebA.txt": [
        ("000002.jpg 100", "000002.jpg", "line 2: expected <photo> <number"),
        ("000002.jpg 100", "000002.jpg x", "line 2"),
        ("000002.jpg 100", "000002.jpg 1 2", "line 2"),
        ("000002.jpg 100", "000001.jpg 100", "line 2: expected each photo once"),
        ("000002.jpg 100", "./000002.jpg 100", "line 2: expected <photo>"),
    ],
    "list_eval_partition.txt": [("000002.jpg 0", "000002.jpg 3", "line 2: expected <photo> <0, 1")],
    "list_attr_celeba.txt": [
        (f"{COUNT}\n", f"{COUNT + 1}\n", f"expected {COUNT + 1} photos .*, got {COUNT}"),
        (f"{COUNT}\n", "many\n", "line 1: expected the number of photos"),
        ("Male Smiling", "Male Male", "line 2: expected names of columns"),
        ("Male Smiling", "[/bold] Smiling", "line 2: expected names of columns in letters"),
        ("Male Smiling", "\x1b[2J Smiling", "line 2: expected names of columns in letters"),
        ("Male Smiling", "Male identity", "line 2: expected names of columns in letters"),
        ("000002.jpg ", "000002.jpg 1 ", "line 4: expected <photo> and 3 times 1 or -1"),
        ("-1", "0", r"line \d+: expected <photo> and 3 times"),
    ],
    "list_landmarks_align_celeba.txt": [
        ("n9", "", "line 2: expected 10 names, got 9|line 3: expected <photo> and 9"),
        (" 91", " x", "line 3: expected <photo> and 10 times a whole number"),
    ],
}


@pytest.mark.parametrize(
    ("name", "old", "new", "message"), [(name, *row) for name, rows in BAD.items() for row in rows]
)
def test_malformed_files_are_named(copy, name, old, new, message):
    path = copy / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(SourceError, match=message):
        celeba(copy, part="train").survey()


def test_wrong_options_are_said(whole, tmp_path):
    with pytest.raises(
        OptionError, match=r"balance: expected an attribute .*got 'Mal'; try 'Male'"
    ):
        celeba(whole, balance="Mal").survey()
    with pytest.raises(OptionError, match="three fractions that add up to 1"):
        celeba(whole, by_identity=(0.5, 0.2, 0.2))
    with pytest.raises(OptionError, match="three fractions"):
        celeba(whole, by_identity=(1.5, -0.5, 0.0))
    with pytest.raises(SourceError, match="expected img_align_celeba or Img/img_align_celeba"):
        celeba(tmp_path).survey()
    with pytest.raises(SourceError, match="expected photos in the part 'test'"):
        celeba(whole, part="test", by_identity=(0.5, 0.5, 0.0)).survey()


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), name=st.sampled_from(sorted(BAD)))
def test_mutated_files_are_read_or_refused(copy, data, name):
    write(copy)
    whole = bytearray((copy / name).read_bytes())
    for at, byte in data.draw(
        st.lists(st.tuples(st.integers(0, len(whole) - 1), st.integers(0, 255)), max_size=4)
    ):
        whole[at] = byte
    (copy / name).write_bytes(whole[: len(whole) - data.draw(st.integers(0, 50))])
    refused = ""
    try:
        assert celeba(copy, part="train").survey().photos <= COUNT
    except SourceError as error:
        refused = str(error)
    assert not refused or "expected" in refused
