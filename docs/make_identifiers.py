"""Make docs/identifiers.md from the data file: `python docs/make_identifiers.py`."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from faceaudit.report.identifiers import Identifier, ai_act_remarks, identifiers_of, subjects
from faceaudit.report.identifiers.data import read_file

HEAD = """# Identifiers

What other vocabularies call the things that an audit is about. Report, `report.json`, the
Markdown summary and SARIF print them, and all take them from one data file,
`src/faceaudit/report/identifiers/identifiers.yaml`, which this page is printed from.

*exact*: the identifier means this. *near*: it means something alike, and the note says what is
different. *no identifier*: the scheme has none that fits, and the note says why; it is never a
gap to be filled by the next best one. Names are those of the release named, and change with it:
AML.T0020 was called otherwise before ATLAS 2026.09. Schemes that are drafts are marked. Standards
of ISO and CEN are named for a notion of theirs; nothing here says that an audit conforms to one.

An attack or mitigation that is added to faceaudit gets its lines in that file, which a test asks
for; one of another package has no identifier, and the report says so.

```python
from faceaudit.report.identifiers import identifiers_of

for one in identifiers_of("backdoor/blended"):
    print(one.scheme_label, one.label, one.fit, one.note)
```

## Where names are from

"""
SUBJECTS = """
## What each thing is called

Things that are called the same stand together. Some are not audited yet, and are here so that
whoever adds them, or says that they were not tested, looks them up.

| thing | scheme | identifier | fit | note |
|---|---|---|---|---|
"""
AI_ACT = """
## The AI Act

What the report says depends on `declared.use` in the plan, and is all that is said. None of it is
legal advice, and an audit cannot tell whether a system must comply, or does.

"""


def main() -> None:
    """Print the page."""
    sys.stdout.write(page())


def page() -> str:
    """Return the page as Markdown."""
    file = read_file()
    lines = [HEAD, "| scheme | release | where |\n|---|---|---|\n"]
    for scheme in file.schemes.values():
        release = f"{scheme.release}, draft" if scheme.draft else scheme.release
        lines.append(f"| {scheme.title} | {release} | {scheme.url or ''} |\n")
    lines.append(SUBJECTS)
    for names, identifiers in grouped():
        first = ", ".join(f"`{name}`" for name in names)
        for one in identifiers:
            lines.append(f"| {first} | {one.scheme} | {one.label} | {one.fit} | {one.note} |\n")
            first = ""
    lines.append(AI_ACT)
    for use in ("verification", "identification", None):
        lines.append(f"**{f'Declared: {use}' if use else 'Nothing declared'}.**\n\n")
        lines += [f"- {remark}\n" for remark in ai_act_remarks(use)]
        lines.append("\n")
    return "".join(lines).rstrip() + "\n"


def grouped() -> Iterator[tuple[list[str], tuple[Identifier, ...]]]:
    """Yield subjects that are called the same together, in the order of the data file."""
    groups: dict[tuple[Identifier, ...], list[str]] = {}
    for subject in subjects():
        groups.setdefault(identifiers_of(subject), []).append(subject)
    for identifiers, names in groups.items():
        yield names, identifiers


if __name__ == "__main__":
    main()
