"""The values that travel through an audit: faces, evidence and estimates."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from faceaudit.errors import InputError

ImageArray = npt.NDArray[np.uint8]
IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float32]
Float64Array = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
Column = npt.NDArray[np.generic]

LANDMARKS = 5


@dataclass(frozen=True, eq=False)
class FaceSet:
    """N photos of known people, all of one size.

    Attributes:
        images: (N, H, W, 3) uint8 RGB; an array or a memory map, never float at rest.
        identity: (N,) int64, index into `names`.
        names: one name a person, sorted; a person may have no photo in a subset.
        ids: one stable id a photo, e.g. its path in the source; unique.
        group: (N,) int64, the video or session a photo is from, unique across people.
        landmarks: (N, 5, 2) float32 pixels (x, y), or None: the eye at the image's left, the eye
            at its right, nose tip, mouth corner at the left, mouth corner at the right. The centre
            of the top-left pixel is (0, 0). Rows of photos without any are NaN.
        attributes: further integer columns, (N,) each, by name.
        fingerprint: sha256 of all of the above; computed when left empty.

    Raises:
        InputError: the columns do not fit together.
    """

    images: ImageArray
    identity: IntArray
    names: tuple[str, ...]
    ids: tuple[str, ...]
    group: IntArray
    landmarks: FloatArray | None = None
    attributes: Mapping[str, IntArray] = field(default_factory=dict)
    fingerprint: str = ""

    def __post_init__(self) -> None:
        _check_array("images", self.images, "(N, H, W, 3) uint8")
        if self.images.ndim != 4 or self.images.shape[3] != 3 or self.images.dtype != np.uint8:
            raise InputError(
                f"expected images (N, H, W, 3) uint8, got {self.images.shape} {self.images.dtype}"
            )
        count = len(self.images)
        for name in ("names", "ids"):
            object.__setattr__(self, name, _texts(name, getattr(self, name)))
        for name in ("identity", "group"):
            _check_integers(name, getattr(self, name), count)
        columns: dict[str, Sequence[object] | Column] = {
            "identity": self.identity,
            "ids": self.ids,
            "group": self.group,
            **self.attributes,
        }
        for name, column in columns.items():
            if len(column) != count:
                raise InputError(f"expected {count} values in {name!r}, got {len(column)}")
        if self.landmarks is not None:
            _check_array("landmarks", self.landmarks, f"({count}, {LANDMARKS}, 2) float32")
        if self.landmarks is not None and self.landmarks.shape != (count, LANDMARKS, 2):
            raise InputError(
                f"expected landmarks ({count}, {LANDMARKS}, 2), got {self.landmarks.shape}"
            )
        if count and not 0 <= int(self.identity.min()) <= int(self.identity.max()) < len(
            self.names
        ):
            raise InputError(f"expected identities in 0..{len(self.names) - 1}")
        if len(set(self.ids)) != count:
            raise InputError("expected every photo to have an id of its own")
        if not self.fingerprint:
            object.__setattr__(self, "fingerprint", _fingerprint_faces(self))

    def __len__(self) -> int:
        return len(self.images)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of every photo, in pixels."""
        return int(self.images.shape[1]), int(self.images.shape[2])

    def take(self, rows: npt.ArrayLike) -> FaceSet:
        """Return the photos at `rows` (in that order, copied) with all that is known of them.

        Args:
            rows: numbers of photos, or (N,) whether each is taken.
        """
        rows = np.asarray(rows)
        rows = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows.astype(np.int64)
        return FaceSet(
            images=np.ascontiguousarray(self.images[rows]),
            identity=self.identity[rows],
            names=self.names,
            ids=tuple(self.ids[row] for row in rows),
            group=self.group[rows],
            landmarks=None if self.landmarks is None else self.landmarks[rows],
            attributes={name: column[rows] for name, column in self.attributes.items()},
        )


def pixel_digests(images: ImageArray) -> list[bytes]:
    """Return the sha256 of each image of (N, H, W, 3) uint8."""
    return [hashlib.sha256(np.ascontiguousarray(image).data).digest() for image in images]


def fingerprint_rows(
    size: tuple[int, int],
    ids: Sequence[str],
    people: Sequence[str],
    group: IntArray,
    pixels: Sequence[bytes],
    extra: Mapping[str, Column],
) -> str:
    """Return a sha256 of photos that does not depend on the order they are held in.

    Args:
        size: height and width of the photos.
        ids: N ids.
        people: N names of the person on each photo.
        group: (N,) groups.
        pixels: N digests, as `pixel_digests` gives them.
        extra: further columns with N rows, such as landmarks and attributes.
    """
    whole = hashlib.sha256(repr((size, sorted(extra))).encode())
    columns = [np.ascontiguousarray(extra[name]) for name in sorted(extra)]
    for row in sorted(range(len(ids)), key=lambda row: ids[row]):
        whole.update(repr((ids[row], people[row], int(group[row]))).encode())
        whole.update(pixels[row])
        for column in columns:
            whole.update(column[row].tobytes())
    return whole.hexdigest()


def _fingerprint_faces(faces: FaceSet) -> str:
    extra: dict[str, Column] = dict(faces.attributes)
    if faces.landmarks is not None:
        extra["landmarks"] = faces.landmarks
    return fingerprint_rows(
        faces.size,
        faces.ids,
        [faces.names[person] for person in faces.identity],
        faces.group,
        pixel_digests(faces.images),
        extra,
    )


@dataclass(frozen=True)
class Estimate:
    """A figure with its uncertainty.

    Attributes:
        value: the point estimate.
        low, high: the ends of its interval.
        n: how many trials it rests on, at least 1; the method says of how many clusters, if any.
        method: how the interval was made, e.g. "wilson 95 %".
    """

    value: float
    low: float
    high: float
    n: int
    method: str

    def __post_init__(self) -> None:
        if self.n < 1:
            raise InputError(f"expected an estimate from at least one trial, got n={self.n}")
        if not self.low <= self.value <= self.high:
            raise InputError(f"expected low <= value <= high, got {self}")


@dataclass(frozen=True)
class Figure:
    """One measured figure of a case.

    Attributes:
        metric: e.g. "attack_success", "clean_accuracy".
        estimate: its value, interval and n; None when it could not be measured.
        why_none: the reason, when there is no estimate.
    """

    metric: str
    estimate: Estimate | None
    why_none: str = ""


@dataclass(frozen=True, eq=False)
class Evidence:
    """One row a sample, nothing averaged yet.

    Attributes:
        ids: one id a row.
        columns: what was seen of each row, (N,) or (N, K) each, by name.
    """

    ids: tuple[str, ...]
    columns: Mapping[str, Column]

    def __post_init__(self) -> None:
        for name, column in self.columns.items():
            if len(column) != len(self.ids):
                raise InputError(f"expected {len(self.ids)} rows in {name!r}, got {len(column)}")

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, eq=False)
class PairSet:
    """P pairs of photos, each of one person or of two.

    Attributes:
        first, second: P ids of photos, as a `FaceSet` has them in `ids`.
        same: (P,) bool, whether both show one person (a genuine pair; else an impostor pair).
        fold: (P,) int64, the fold of a cross-validation that a pair belongs to, 0 and up.
        what: where the pairs are from, for people to read.
    """

    first: tuple[str, ...]
    second: tuple[str, ...]
    same: BoolArray
    fold: IntArray
    what: str = ""

    def __post_init__(self) -> None:
        for name in ("first", "second"):
            object.__setattr__(self, name, _texts(name, getattr(self, name)))
        _check_array("same", self.same, "(P,) bool")
        _check_integers("fold", self.fold, len(self.same))
        lengths = {len(self.first), len(self.second), len(self.same), len(self.fold)}
        if len(lengths) > 1:
            raise InputError(f"expected as many ids, labels and folds as pairs, got {lengths}")
        if self.same.dtype != np.bool_:
            raise InputError(f"expected same as bool, got {self.same.dtype}")

    def __len__(self) -> int:
        return len(self.same)


def _check_array(name: str, value: object, wanted: str) -> None:
    """Raise `InputError` unless a value is a NumPy array."""
    if not isinstance(value, np.ndarray):
        raise InputError(
            f"expected {name} as an array {wanted}, got {type(value).__name__}; try "
            "numpy.asarray(...)"
        )


def _check_integers(name: str, value: object, count: int) -> None:
    """Raise `InputError` unless a value is an array of so many integers."""
    _check_array(name, value, f"({count},) int64")
    assert isinstance(value, np.ndarray)
    if value.ndim != 1 or value.dtype.kind not in "iu":
        raise InputError(f"expected {name} as integers ({count},), got {value.shape} {value.dtype}")


def _texts(name: str, values: object) -> tuple[str, ...]:
    """Return several texts as a tuple.

    Raises:
        InputError: they are none.
    """
    if isinstance(values, tuple):
        return values
    if not isinstance(values, list | np.ndarray) or any(
        not isinstance(text, str) for text in values
    ):
        raise InputError(f"expected {name} as a tuple of texts, got {type(values).__name__}")
    return tuple(map(str, values))


def successes(estimate: Estimate) -> int:
    """Return how many of an estimate's trials succeeded."""
    return round(estimate.value * estimate.n)
