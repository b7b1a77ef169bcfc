"""A store copied to another place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from faceaudit.api.arguments import StoreLike, store_of
from faceaudit.api.store_listed import megabytes
from faceaudit.progress import Progress, silent
from faceaudit.store import Damage, Store, copying


@dataclass(frozen=True)
class StoreCopy:
    """What became of a copy of a store.

    Attributes:
        source: what was copied.
        target: where it went.
        cases: how many cases were copied now.
        systems: how many trained systems were copied now.
        kept: how many of both were there already.
        bytes: how large what was copied is.
        damages: what is damaged in the source; it was left out.
        pages: reports that were copied.
        kept_pages: reports that were there before and differ, by the names that they have now.
        left_pages: reports that were left out, as they may show names.
    """

    source: Store
    target: Store
    cases: int
    systems: int
    kept: int
    bytes: int
    damages: tuple[Damage, ...]
    pages: tuple[str, ...]
    kept_pages: tuple[str, ...]
    left_pages: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether all cases and systems of the source are there."""
        return not self.damages

    def lines(self) -> tuple[str, ...]:
        """Return it in lines, as the command line prints them."""
        lines = [f"damaged, and left out: {damage}" for damage in self.damages]
        lines += [f"report of before, kept: {page}" for page in self.kept_pages]
        if self.left_pages:
            lines.append(
                f"left out, as they may show names: {', '.join(self.left_pages)}; --names copies "
                "them"
            )
        lines.append(
            f"copied to {self.target.url}: cases {self.cases:,}, trained systems "
            f"{self.systems:,}, {megabytes(self.bytes)}; there already: {self.kept:,}"
        )
        return tuple(lines)

    def as_json(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return {
            "source": self.source.url,
            "target": self.target.url,
            "cases": self.cases,
            "systems": self.systems,
            "kept": self.kept,
            "bytes": self.bytes,
            "damages": [{"file": one.file, "what": one.what} for one in self.damages],
            "pages": list(self.pages),
            "kept_pages": list(self.kept_pages),
            "left_pages": list(self.left_pages),
        }


def copy_store(
    source: StoreLike, target: StoreLike, *, names: bool = False, progress: Progress = silent
) -> StoreCopy:
    """Copy a store to another folder or fsspec URL; a copy that was cut short goes on.

    Each file is held against its digest on the way. What is damaged is left out and said, what a
    run is still writing is left for the next copy. Reports that are there already stay, under
    another name where they differ.

    Args:
        source: a `Store`, its folder or its URL; it may be one that cannot be written.
        target: the same, for the place to copy to.
        names: copy what pseudonyms of real people stand for as well, and reports that may show it.
        progress: told of the work.

    Returns:
        How much was copied, and what was left out.

    Raises:
        StoreError: there is no audit to copy, both are one place, the target holds another audit or
            one of another version, a run is at work there, or one of them cannot be reached, read
            or written.

    Example:
        ::

            done = faceaudit.copy_store("audit", "s3://bucket/audit")
            print(done.cases, done.systems, done.whole)
    """
    came, goes = store_of(source), store_of(target)
    done = copying.copy_store(came, goes, names=names, progress=progress)
    cases = sum(folder.startswith("cases/") for folder in done.copied)
    return StoreCopy(
        source=came,
        target=goes,
        cases=cases,
        systems=len(done.copied) - cases,
        kept=done.kept,
        bytes=done.size,
        damages=done.damages,
        pages=done.pages,
        kept_pages=done.kept_pages,
        left_pages=done.left_pages,
    )
