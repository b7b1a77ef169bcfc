"""What changed between two audits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from faceaudit.api.arguments import StoreLike, StrPath, check_outputs, path_of, shown, store_of
from faceaudit.errors import OptionError

if TYPE_CHECKING:
    from faceaudit.report.comparison import Comparison


def compare(
    before: StoreLike,
    after: StoreLike,
    *,
    match: Sequence[str] = (),
    only: Sequence[str] = (),
    level: float = 0.95,
    page: StrPath | None = None,
) -> Comparison:
    """Tell what changed between two audits, figure by figure.

    Figures are paired where both audits measured the same: by photo or pair, training by training
    with the same seed, target by target; else they are compared as unrelated ones.

    Args:
        before: a `Store`, its folder or its URL.
        after: the other one; it may be the same store, with `match`.
        match: labels whose value before stands for another one after, as in
            `mitigation=none:facebone`; other values of that label are left aside.
        only: the measures to compare, as in `membership.auc(level=person)`; all if empty. The fewer
            there are, the smaller the differences that can be shown.
        level: of the intervals, and of all verdicts together: audits that differ by chance alone
            show a difference anywhere in at most 1 - `level` of comparisons.
        page: a file to write it to, too, as HTML that opens offline; none if None.

    Returns:
        A row for each figure that both audits have, changes first, each with a verdict: "rises",
        "falls", "no difference shown" or "cannot be compared" with the reason. It has `changes` and
        `as_json()`.

    Raises:
        InputError: the audits have no figure in common, or the page is a folder.
        OptionError: a match or a selection speaks of nothing, the level is none, or the page is a
            file of a store's own.
        StoreError: nothing was ever run into a store, or by another version of faceaudit.

    Example:
        ::

            found = faceaudit.compare("audit-before", "audit-after", page="comparison.html")
            for row in found.rows:
                print(row.title, row.verdict, row.difference, row.smallest)
    """
    from faceaudit.report.comparison import Audit, compare_audits, write  # noqa: PLC0415
    from faceaudit.report.kept_cases import believing  # noqa: PLC0415

    for name, texts in (("match", match), ("only", only)):
        if isinstance(texts, str) or not all(isinstance(one, str) for one in texts):
            raise OptionError(f"expected {name} as a list of texts, got {shown(texts)}")
    stores = [store_of(one) for one in (before, after)]
    for store in stores:
        check_outputs({"the comparison": page}, store)
    sides = [Audit.of(store) for store in stores]
    with believing(" and ".join(store.url for store in stores)):
        found = compare_audits(*sides, matches=match, only=only, level=level)
        if page is not None:
            write(found, path_of(page, "the comparison to write"))
    return found
