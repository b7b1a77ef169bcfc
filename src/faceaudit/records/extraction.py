"""Names of the figures of extraction audits, and the facts beside them."""

from __future__ import annotations

from typing import Final, Literal

from faceaudit.records.facts import Facts

KIND: Final = "extraction"

AGREEMENT: Final = "agreement"
PRIOR: Final = "agreement_prior"
TRUTH: Final = "agreement_true_labels"
NULL: Final = "agreement_null"
COPIED: Final = "copied"
OVER_PRIOR: Final = "over_prior"
OVER_TRUTH: Final = "over_true_labels"
COPY_RIGHT: Final = "copy_accuracy"
VICTIM_RIGHT: Final = "victim_accuracy"
IMPERSONATION: Final = "impersonation"
IMPERSONATION_COPY: Final = "impersonation_copy"
IMPERSONATION_CEILING: Final = "impersonation_in_hand"
IMPERSONATION_UNCHANGED: Final = "impersonation_unchanged"
IMPERSONATION_NOISE: Final = "impersonation_noise"
INVERSION: Final = "inversion"
INVERSION_LOOKALIKE: Final = "inversion_look_alike"
INVERSION_NULL: Final = "inversion_null"

Role = Literal["identifier", "verifier", "embedder"]


class ExtractionFacts(Facts):
    """What is known of a case beside its figures.

    Attributes:
        victim: what was copied: an identifier, the predictor of a verifier, or an embedder.
        system: what the victim is called.
        system_id: of the victim in the store, or of its backbone.
        source: registered name of the source of the people whom agreement is measured on.
        attack: registered name.
        access: what the victim gives: "scores", "labels" or "embeddings".
        knowledge: what else the attacker has, in words.
        asked: whose photos the victim was asked about: "others" or "enrolled".
        unit: what one query is about: "photos" or "pairs".
        budget: how many queries were allowed.
        queries: how many were asked.
        decimals: of scores, where they are rounded; None where they are not.
        learner: the network, or predictor, that the copy is.
        copy_id: of the copy in the store.
        truth_id: of the model there that learned the same photos with true labels; "" where there
            is none.
        held_out: photos, or pairs, that agreement is measured on.
        people: how many people these show.
        null: what the null is.
        targets: how many people could be named by an inversion or impersonation; None where nobody
            was impersonated.
        fmr: the false match rate at which an embedder accepts; None of others.
        demonstration: whether people are synthetic and the victim was trained here.
    """

    victim: Role
    system: str
    system_id: str
    source: str
    attack: str
    access: str
    knowledge: str
    asked: str
    unit: Literal["photos", "pairs"]
    budget: int
    queries: int
    decimals: int | None
    learner: str
    copy_id: str
    held_out: int
    people: int
    null: str
    targets: int | None = None
    fmr: float | None = None
    demonstration: bool = False
    truth_id: str = ""
