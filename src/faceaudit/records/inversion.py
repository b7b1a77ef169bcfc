"""Names of the figures of inversion audits, and the facts beside them."""

from __future__ import annotations

from typing import Final, Literal

from faceaudit.records.backbone import BackboneFacts
from faceaudit.records.facts import Facts

KIND: Final = "inversion"

Part = Literal["template", "identifier"]
"""What a face is rebuilt from: a stolen template, or what an identifier knows of a person."""
Key = Literal["none", "known", "secret"]
"""Whether the attacker has the key of a protection; "none" of one without key."""

SOLVED: Final = "solution_rate"
QUERIES: Final = "queries"
MATCH: Final = "match_rate"
TYPE_I: Final = "success_i"
TYPE_II: Final = "success_ii"
TRANSFER: Final = "transfer"
OTHERS: Final = "passes_as_another"
OVER: Final = "over_look_alike"
NAMED: Final = "named"

RANDOM: Final = "random_face"
AVERAGE: Final = "average_face"
LOOK_ALIKE: Final = "look_alike"
PHOTO: Final = "photo"
REFERENCES: Final = (RANDOM, AVERAGE, LOOK_ALIKE, PHOTO)
"""Pictures that rebuild nothing: a face drawn at random, the average face, the most similar face
among those learned from, and the stolen photo itself, which is the most there is to be had."""

ORIGINAL: Final = "original"
REBUILT: Final = "rebuilt"


def at_fmr(metric: str, fmr: float, *of: str) -> str:
    """Return a metric at a false match rate, of a network, a reference or both.

    >>> at_fmr(TYPE_II, 0.001), at_fmr(TRANSFER, 0.01, "deepid 2", LOOK_ALIKE)
    ('success_ii@fmr=0.001', 'transfer@fmr=0.01:deepid 2:look_alike')
    """
    return ":".join([f"{metric}@fmr={fmr:g}", *of])


def at_rank(rank: int, *of: str) -> str:
    """Return the metric of how many are named within a rank.

    >>> at_rank(1, PHOTO)
    'named@rank=1:photo'
    """
    return ":".join([f"{NAMED}@rank={rank}", *of])


def column(name: str, reference: str = "") -> str:
    """Return the column of evidence that holds scores of rebuilt faces, or of a reference.

    >>> column("other"), column("other", LOOK_ALIKE)
    ('other', 'other:look_alike')
    """
    return f"{name}:{reference}" if reference else name


class ThresholdFacts(Facts):
    """A threshold that strangers fixed, or why there is none."""

    fmr: float
    threshold: float | None
    why: str = ""


class NetworkFacts(Facts):
    """A network that faces are shown to.

    Attributes:
        title: as figures have it.
        network: its registered name.
        backbone: what it started from.
        thresholds: its own, of templates without protection.
    """

    title: str
    network: str
    backbone: BackboneFacts | None
    thresholds: tuple[ThresholdFacts, ...]


class InversionFacts(Facts):
    """What is known of an inversion of templates beside its figures.

    Attributes:
        part: what faces were rebuilt from.
        source: the registered name of the source of the faces.
        access: what the attacker has: "gradients", "embeddings", "scores" or "labels".
        foreign: whether the stolen templates are of another network than the attacked one.
        people, trials: how many people were attacked, and how often each.
        learned_people, learned_photos: whom the attacker learned from.
        threshold_people: how many others fixed the thresholds.
        estimated: how the attacker came from what is stored to a template; empty without a
            protection.
        label_fmr: the rate at whose threshold a system accepts that answers with labels only.
        networks: the attacked one first.
        thresholds: of the attacked system, its protection counted in.
        curve: false match rates of a grid, and the attacked system's threshold at each.
    """

    part: Part = "template"
    source: str
    access: str
    foreign: bool
    people: int
    trials: int
    learned_people: int
    learned_photos: int
    threshold_people: int
    estimated: str
    label_fmr: float | None
    networks: tuple[NetworkFacts, ...]
    thresholds: tuple[ThresholdFacts, ...]
    curve: tuple[tuple[float, float], ...] = ()
