"""Systems that show less than they could: what an attacker with less access would see."""

from __future__ import annotations

from faceaudit.errors import OptionError
from faceaudit.systems.under_test.base import (
    Access,
    EmbedderUnderTest,
    IdentifierUnderTest,
    OpenSystem,
    VerifierUnderTest,
    no_access,
    spell_access,
)
from faceaudit.types import FaceSet, FloatArray, IntArray

Opened = IdentifierUnderTest | VerifierUnderTest | EmbedderUnderTest
_ALSO = {Access.GRADIENTS: (Access.SCORES, Access.LABELS), Access.SCORES: (Access.LABELS,)}
"""What anybody has who has the key: a score tells the label."""


def limited(system: Opened, access: tuple[Access, ...] | None) -> Opened:
    """Return a system that shows only some of what it gives; all where `access` is None.

    Args:
        system: to hide something of.
        access: what to show; what follows from it is shown, too, as labels follow from scores.

    Raises:
        OptionError: the system does not give that.
    """
    if access is None:
        return system
    if not access:
        raise OptionError(
            f"expected some of the access that {system.title} gives "
            f"({spell_access(system.access)}), got an empty list; leave it out for all of it"
        )
    if missing := [level for level in access if level not in system.access]:
        raise OptionError(
            f"expected access that {system.title} gives ({spell_access(system.access)}), got "
            f"{spell_access(missing)}; leave it out"
        )
    wanted = {also for level in access for also in (level, *_ALSO.get(level, ()))}
    shown = frozenset(wanted & system.access)
    if isinstance(system, IdentifierUnderTest):
        return _LimitedIdentifier(system, shown)
    if isinstance(system, VerifierUnderTest):
        return _LimitedVerifier(system, shown)
    return _LimitedEmbedder(system, shown)


def _copy_facts(system: OpenSystem, inner: OpenSystem, access: frozenset[Access]) -> None:
    system.title, system.id, system.size = inner.title, inner.id, inner.size
    system.access = access
    system.lacks = inner.lacks  # type: ignore[method-assign]


class _LimitedIdentifier(IdentifierUnderTest):
    """An identifier behind a screen."""

    def __init__(self, inner: IdentifierUnderTest, access: frozenset[Access]) -> None:
        _copy_facts(self, inner, access)
        self.names = inner.names
        self._inner = inner
        if Access.GRADIENTS in access:
            self.differentiable = inner.differentiable  # type: ignore[method-assign]

    def labels(self, faces: FaceSet, rows: IntArray | None = None) -> IntArray:
        return self._inner.labels(faces, rows)

    def scores(self, faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
        if Access.SCORES not in self.access:
            return super().scores(faces, rows)
        return self._inner.scores(faces, rows)

    def embed(self, faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
        if Access.EMBEDDINGS not in self.access:
            return super().embed(faces, rows)
        return self._inner.embed(faces, rows)


class _LimitedVerifier(VerifierUnderTest):
    """A verifier behind a screen."""

    def __init__(self, inner: VerifierUnderTest, access: frozenset[Access]) -> None:
        _copy_facts(self, inner, access)
        self._inner = inner

    def decide(self, faces: FaceSet, first: IntArray, second: IntArray) -> IntArray:
        return self._inner.decide(faces, first, second)

    def scores(self, faces: FaceSet, first: IntArray, second: IntArray) -> FloatArray:
        if Access.SCORES not in self.access:
            return super().scores(faces, first, second)
        return self._inner.scores(faces, first, second)


class _LimitedEmbedder(EmbedderUnderTest):
    """An embedder behind a screen: it may compare faces, but not show embeddings."""

    def __init__(self, inner: EmbedderUnderTest, access: frozenset[Access]) -> None:
        _copy_facts(self, inner, access)
        self._inner = inner
        if Access.GRADIENTS in access:
            self.differentiable = inner.differentiable  # type: ignore[method-assign]

    def embed(self, faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
        if Access.EMBEDDINGS not in self.access:
            raise no_access(self, Access.EMBEDDINGS)
        return self._inner.embed(faces, rows)

    def scores(self, faces: FaceSet, first: IntArray, second: IntArray) -> FloatArray:
        return self._inner.scores(faces, first, second)
