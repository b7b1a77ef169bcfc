"""Cards: everything that the first screen of the report says, as plain values.

The page, report.json and the Markdown summary show the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from faceaudit.report.identifiers import Coverage, Identifier
from faceaudit.report.threats import Advice, KeyFigure, Outcome, Risk, Tried


@dataclass(frozen=True)
class LimitLine:
    """One limit as a card says it.

    Attributes:
        text: as it was written, such as "backdoor.success > 0.15".
        outcome, word: whether it is broken.
        decides: whether the card's verdict goes by it.
        default: whether it is one of ours, for want of one in the plan.
        why, source, url: why this number, and what it was taken from; of a default one.
        note: why it could not be held against anything; usually nothing.
    """

    text: str
    outcome: Outcome
    word: str
    decides: bool = True
    default: bool = False
    why: str = ""
    source: str = ""
    url: str = ""
    note: str = ""


@dataclass(frozen=True)
class Card:
    """One threat, for a reader who knows nothing of the field.

    Attributes:
        id: the id of its element of the page, such as "threat-backdoor".
        kind: the kind of audit.
        subject: what it is about, such as "backdoor" or "finished/keys".
        name: the threat in a few plain words.
        outcome, word: by the limits that decide it, and that in words.
        verdict: what happened, in one short sentence.
        explanation: how, how bad it is and for whom.
        figure: the figure that shows it.
        tried: everything that was tried, what did not hold first.
        advice: what to do.
        why: why there is no verdict, or why it is open; usually nothing.
        limits: the limits that were held against its figures.
        risk: measured, declared and combined.
        identifiers: of the threat in public lists.
        demonstration: whether people are synthetic and the networks were trained here.
        detail: the figures in the field's own words.
    """

    id: str
    kind: str
    subject: str
    name: str
    outcome: Outcome
    word: str
    verdict: str
    explanation: str
    figure: KeyFigure
    tried: tuple[Tried, ...] = ()
    advice: tuple[Advice, ...] = ()
    why: str = ""
    limits: tuple[LimitLine, ...] = ()
    risk: Risk = field(default_factory=Risk)
    identifiers: tuple[Identifier, ...] = ()
    demonstration: bool = False
    detail: str = ""


@dataclass(frozen=True)
class NotTested:
    """Something that this audit says nothing about.

    Attributes:
        name: the threat in a word or two.
        what: what it is, in a few plain words; empty where the name says it.
        why: why it was not tested, with the key of the plan that would have it tested.
        possible: whether faceaudit can test it, so that the plan left it out.
    """

    name: str
    what: str
    why: str
    possible: bool


@dataclass(frozen=True)
class FirstScreen:
    """Everything that the first screen says.

    Attributes:
        verdict: of the whole audit, in one sentence.
        system: the audited systems and faces, in a few words each.
        date: when the run started, in words.
        demonstration: whether everything is a demonstration on synthetic people.
        cards: one a threat, in the order of the plan's kinds.
        others: title and detail of the headlines of kinds without threats.
        not_tested: what the audit says nothing about.
        ai_act: what is said of the AI Act, by the declared use.
        coverage: the words of its Art. 15(5), and what was tested of each.
    """

    verdict: str
    system: tuple[str, ...]
    date: str
    demonstration: bool
    cards: tuple[Card, ...]
    others: tuple[tuple[str, str], ...]
    not_tested: tuple[NotTested, ...]
    ai_act: tuple[str, ...] = ()
    coverage: tuple[Coverage, ...] = ()
