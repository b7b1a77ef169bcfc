"""Folders of photos with planted names, and searches of everything that a store and a page hold."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from faceaudit.faces.sources.synthetic import Synthetic

FIRST = ("Wilhelmina", "Zoë", "Bartholomew", "Ignatius", "Philippa", "Dragomir")
LAST = ("Okonkwo", "Vandersteen", "O'Shaughnessy", "Quimby")
NAMES = tuple(f"{first} {last}" for last in LAST for first in FIRST)
"""24 people; one name has a quote, one a letter that is no ASCII."""


def plant(folder: Path, *, photos: int = 8, cache: Path) -> Path:
    """Write photos of 24 people who do not exist under names that look like real ones.

    The photo and its file are `Zoë Quimby/zoe_quimby_0003.png` and the like.
    """
    source = Synthetic(people=len(NAMES), photos=photos, sessions=2, seed=7)
    faces = source.load((48, 48), cache=cache).faces
    for row, person in enumerate(faces.identity.tolist()):
        name = NAMES[person]
        file = folder / name / f"{plain(name)}_{row % photos:04d}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(faces.images[row]).save(file)
    return folder


def plain(name: str) -> str:
    """Return a name as files are called by it."""
    return re.sub(r"\W", "_", name.replace("ë", "e")).lower()


def traces(names: tuple[str, ...] = NAMES) -> set[str]:
    """Return what tells of people: full names, names of files, and every longer part of a name."""
    parts = {part for name in names for part in re.split(r"[ _]", name) if len(part) > 4}
    return {*names, *map(plain, names), *parts}


def everything_said(folder: Path) -> str:
    """Return all text in a folder's files: names and content, arrays and JSON spelled out."""
    said = []
    for path in sorted(folder.rglob("*")):
        said.append(str(path.relative_to(folder)))
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as arrays:
                said += [f"{name} {array.tolist()}" for name, array in arrays.items()]
        elif path.suffix == ".json":
            said.append(spelled(json.loads(path.read_text("utf-8"))))
        elif path.is_file():
            said.append(path.read_bytes().decode("utf-8", "replace"))
    return "\n".join(said)


def spelled(value: Any) -> str:
    """Return plain values as text without escapes."""
    return json.dumps(value, ensure_ascii=False).replace("\\\\", "\\").replace('\\"', '"')


def found_in(text: str, wanted: set[str]) -> list[str]:
    """Return which of some texts are in a text, whatever their case."""
    low = text.lower()
    return sorted(one for one in wanted if one.lower() in low)


def pictures_in(folder: Path) -> list[str]:
    """Return the names of all files that are pictures, whatever they are called."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            try:
                with Image.open(io.BytesIO(path.read_bytes())):
                    found.append(str(path.relative_to(folder)))
            except OSError:
                pass
    return found


def pictures_on(page: str) -> list[str]:
    """Return the pictures in a page, as data."""
    return re.findall(r"data:image/[a-z]+;base64,[^\"')]+", page)
