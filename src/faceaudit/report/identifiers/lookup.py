"""Identifiers of a subject, looked up in the data file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from faceaudit.errors import UnknownName
from faceaudit.report.identifiers.data import Fit, SubjectEntry, read_file

NO_IDENTIFIER = "no identifier"


@dataclass(frozen=True)
class Identifier:
    """One name that a scheme has for a subject, or that it has none.

    Attributes:
        scheme: where it is from, such as "MITRE ATLAS".
        id: such as "AML.T0020"; empty where the scheme has none.
        name: its name in the release; "no identifier" where the scheme has none.
        release: of the scheme, or its year.
        fit: "exact", "near" (the note says what is different) or "none" (the note says why).
        note: what to know of it.
        url: where the scheme is published; None where the data file names no place.
        draft: whether the scheme is a draft.
    """

    scheme: str
    id: str
    name: str
    release: str
    fit: Fit
    note: str = ""
    url: str | None = None
    draft: bool = False

    @property
    def label(self) -> str:
        """The id and the name, in words.

        >>> identifiers_of("membership")[0].label
        'AML.T0024.000 Exfiltration via AI Inference API: Infer Training Data Membership'
        """
        return f"{self.id} {self.name}".strip()

    @property
    def scheme_label(self) -> str:
        """The scheme and its release.

        >>> identifiers_of("membership")[2].scheme_label
        'OWASP Machine Learning Security Top Ten 2023 (draft)'
        """
        return f"{self.scheme} {self.release}{' (draft)' if self.draft else ''}".strip()


def identifiers_of(subject: str) -> tuple[Identifier, ...]:
    """Return what other vocabularies call a subject, one or several a scheme.

    A subject is a kind of audit ("backdoor"), a component by family or kind and name
    ("backdoor/blended", "membership_mitigation/rounding"), or another word of `subjects()`. Where
    a scheme has no identifier for it, one with the fit "none" says why.

    Raises:
        UnknownName: the data file does not speak of the subject.

    >>> [one.id for one in identifiers_of("membership_mitigation/rounding")]
    ['AML.M0002']
    >>> one = identifiers_of("linkage")[0]
    >>> one.name, one.note
    ('no identifier', 'it lists no such attack')
    """
    known = read_file().subjects
    if subject not in known:
        raise UnknownName("subject with identifiers", subject, known)
    return tuple(map(_identifier, known[subject]))


def identifiers_or_none(subject: str) -> tuple[Identifier, ...]:
    """Return the same, and for a subject that is not in the data file one that says so.

    Components of other packages are such subjects.
    """
    if subject in read_file().subjects:
        return identifiers_of(subject)
    note = "the component is from another package, which names none"
    return (Identifier("any scheme", "", NO_IDENTIFIER, "", "none", note),)


def subjects() -> tuple[str, ...]:
    """Return every subject of the data file, in its order."""
    return tuple(read_file().subjects)


def named() -> Iterator[Identifier]:
    """Yield every identifier that may ever be printed, each once, as if it fitted exactly."""
    for key in read_file().names:
        yield _identifier(SubjectEntry(key, "exact"))


def _identifier(entry: SubjectEntry) -> Identifier:
    file = read_file()
    if isinstance(entry.key, str):
        found = file.names[entry.key]
        key, id_, name = found.scheme, found.id or entry.key, found.name
    else:
        key, id_, name = entry.key.scheme, "", NO_IDENTIFIER
    scheme = file.schemes[key]
    return Identifier(
        scheme=scheme.title,
        id=id_,
        name=name,
        release=scheme.release,
        fit=entry.fit,
        note=entry.note,
        url=scheme.url,
        draft=scheme.draft,
    )
