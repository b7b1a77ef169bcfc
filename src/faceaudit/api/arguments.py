"""Checks of arguments, before any work: what may be given, and what to give instead."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from faceaudit.audit.common.workspace import CACHE, Workspace, workspace
from faceaudit.cleaning import quote
from faceaudit.errors import InputError, OptionError
from faceaudit.files.atomic import make_private
from faceaudit.progress import Progress
from faceaudit.store import OWN, Store
from faceaudit.types import ImageArray

LARGEST_EDGE = 4096
"""Pixels of the longest edge that photos are brought to; no network takes half of that."""

StrPath = str | os.PathLike[str]
"""A path, as text or as a `pathlib.Path`; `~` is filled in."""

StoreLike = Store | StrPath
"""A store, or the folder or fsspec URL of one."""

Cache = Workspace | Store | StrPath | None
"""Where packed photos and embeddings are kept: a folder, or a store to keep them beside it;
`$FACEAUDIT_CACHE` or `~/.cache/faceaudit` when None."""


def path_of(value: StrPath, what: str) -> Path:
    """Return a path with `~` filled in.

    Raises:
        InputError: it is no path.
    """
    if not isinstance(value, str | os.PathLike) or os.fspath(value) in ("", b""):
        raise InputError(f"expected the path of {what}, got {shown(value)}; give text or a Path")
    if "\0" in str(value):
        raise InputError(f"expected the path of {what}, got one with a null byte: {value!r:.60}")
    return Path(value).expanduser()


def output_of(value: StrPath, what: str) -> Path:
    """Return a file to write, its folder made; said before the work rather than after it.

    Raises:
        InputError: it is no path.
        OptionError: it is a folder, or in a place that cannot be written.
    """
    path = path_of(value, what)
    if path.is_dir():
        raise OptionError(f"expected a file to write, got {path}, a folder; name a file in it")
    try:
        make_private(path.parent)
    except OSError as error:
        raise OptionError(
            f"expected a file that can be written, got {path} ({error}); name another"
        ) from None
    if not os.access(path.parent, os.W_OK):
        raise OptionError(
            f"expected a file that can be written, got {path} in a folder that cannot; name another"
        )
    return path


def check_outputs(
    files: Mapping[str, StrPath | None], store: Store, *, spared: StrPath | None = None
) -> None:
    """Refuse files to write that would replace one another, a plan, or what a store is made of.

    Args:
        files: by what is written to them; those that are None are not written.
        store: what is run into or read.
        spared: the plan; one that ships with faceaudit is no file.

    Raises:
        InputError: one is no path.
        OptionError: two are the same file, or one is the plan or the store's own.
    """
    own = {Path(store.root).resolve() / name for name in OWN} if store.local else set()
    plan = None if spared is None else path_of(spared, "the plan").resolve()
    seen = {plan: "the plan"} if plan is not None and plan.is_file() else {}
    for what, given in files.items():
        if given is None:
            continue
        path = path_of(given, what).resolve()
        if path in seen:
            raise OptionError(
                f"expected a file of its own for {what}, got {str(given)!r}, which is also for "
                f"{seen[path]}; name another"
            )
        seen[path] = what
        if own & {path, *path.parents}:
            raise OptionError(
                f"expected a file for {what} that is not the store's own, got {str(given)!r}; "
                "name another"
            )


def store_of(value: StoreLike) -> Store:
    """Return a store from itself, its folder or its URL.

    Raises:
        InputError: it is none of these.
        StoreError: the URL is of no kind that is known.
    """
    if isinstance(value, Store):
        return value
    if not isinstance(value, str | os.PathLike) or not os.fspath(value):
        raise InputError(
            f"expected a store, its folder or its URL, got {shown(value)}; try store='audit'"
        )
    return Store(value)


def folders(cache: Cache, progress: Progress) -> Workspace:
    """Return the local folders for packed photos and embeddings.

    Args:
        cache: a folder; a store, for the folders that go with it; or None for `$FACEAUDIT_CACHE`
            or `~/.cache/faceaudit`.
        progress: told of all long work.

    Raises:
        InputError: it is none of these.
    """
    if isinstance(cache, Workspace):
        return Workspace(cache.root, progress, cache.memo, temporary=cache.temporary)
    if isinstance(cache, Store):
        return workspace(cache, progress)
    if cache is None:
        kept = os.environ.get(CACHE) or "~/.cache/faceaudit"
        return Workspace(Path(kept).expanduser(), progress)
    return Workspace(path_of(cache, "a folder for the cache"), progress)


def check_size(size: object) -> tuple[int, int]:
    """Return a height and a width in pixels.

    Raises:
        InputError: they are not two whole numbers from 1 to `LARGEST_EDGE`.
    """
    if (
        isinstance(size, tuple | list)
        and len(size) == 2
        and all(isinstance(edge, int | np.integer) and edge >= 1 for edge in size)
        and not any(isinstance(edge, bool) for edge in size)
    ):
        if max(size) > LARGEST_EDGE:
            raise InputError(
                f"expected a size (height, width) of at most {LARGEST_EDGE} pixels each, got "
                f"{quote(tuple(size))}; try size=(112, 112)"
            )
        return int(size[0]), int(size[1])
    raise InputError(
        f"expected a size (height, width) in whole pixels, got {shown(size)}; try size=(112, 112)"
    )


def check_images(images: object, what: str = "images") -> ImageArray:
    """Return photos (N, H, W, 3) uint8.

    Raises:
        InputError: they are anything else.
    """
    return _check_pixels(images, 4, f"{what} (N, H, W, 3) uint8, RGB")


def check_image(image: object, what: str = "a photo") -> ImageArray:
    """Return one photo (H, W, 3) uint8.

    Raises:
        InputError: it is anything else.
    """
    return _check_pixels(image, 3, f"{what} (H, W, 3) uint8, RGB")


def _check_pixels(images: object, dimensions: int, wanted: str) -> ImageArray:
    if not isinstance(images, np.ndarray):
        remedy = "numpy.asarray(..., dtype=numpy.uint8)"
        raise InputError(f"expected {wanted}, as an array, got {shown(images)}; try {remedy}")
    got = f"{images.shape} {images.dtype}"
    if images.dtype != np.uint8:
        remedy = "(255 * images).round().astype(numpy.uint8) for values of 0 to 1"
        if images.dtype.kind == "f" and not np.isfinite(images).all():
            remedy = "pixels without NaN and infinity, 0 to 255"
        raise InputError(f"expected {wanted}, got {got}; try {remedy}")
    if images.ndim != dimensions or images.shape[-1] != 3 or 0 in images.shape[-3:]:
        shape = "image[None]" if images.ndim == dimensions - 1 else "the channels last"
        if images.ndim == dimensions + 1:
            shape = "one photo at a time"
        raise InputError(f"expected {wanted}, got {got}; try {shape}")
    return images


def check_count(value: object, what: str, *, least: int = 1) -> int:
    """Return a whole number.

    Raises:
        InputError: it is none, or too small.
    """
    if isinstance(value, int | np.integer) and not isinstance(value, bool) and value >= least:
        return int(value)
    raise InputError(f"expected {what} as a whole number of at least {least}, got {shown(value)}")


def check_number(
    value: object, what: str, *, least: float = -math.inf, most: float = math.inf
) -> float:
    """Return a finite number.

    Raises:
        InputError: it is none, or too small, or too large.

    >>> check_number(0.5, "a cosine", least=-1, most=1)
    0.5
    """
    if (
        isinstance(value, int | float | np.integer | np.floating)
        and not isinstance(value, bool)
        and math.isfinite(value)
        and least <= value <= most
    ):
        return float(value)
    ends = "" if math.isinf(least) or math.isinf(most) else f" of {least:g} to {most:g}"
    raise InputError(f"expected {what} as a number{ends}, got {shown(value)}")


def shown(value: object) -> str:
    """Return a value of any kind in a few words.

    >>> shown([1, 2]), shown("a"), shown(None)
    ('a list of 2', "'a'", 'None')
    """
    if value is None or isinstance(value, str | int | float | bool | Path):
        return quote(value, 80)
    if isinstance(value, np.ndarray):
        return f"an array {value.shape} {value.dtype}"
    kind = type(value).__name__
    article = "an" if kind[0].lower() in "aeiou" else "a"
    length = f" of {len(value)}" if isinstance(value, list | tuple | dict | set) else ""
    return f"{article} {kind}{length}"
