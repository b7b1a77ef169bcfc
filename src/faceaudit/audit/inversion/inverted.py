"""A single inversion of templates, without a plan or a store: what a Python call gives back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from faceaudit.attacks.inversion.templates import TemplateInversion
from faceaudit.audit.common.embedded import EmbeddedFaces
from faceaudit.audit.common.parties import PartiesPlan, deal_parties
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.inversion.figures import columns_of, inversion_figures
from faceaudit.audit.inversion.plan import Keys
from faceaudit.audit.inversion.scenario import InversionScenario
from faceaudit.audit.inversion.template_obstacles import refuse_rates
from faceaudit.audit.inversion.trying import Try
from faceaudit.errors import UnknownName
from faceaudit.faces.alignment.between import Places
from faceaudit.mitigations.templates import TemplateProtection
from faceaudit.records.inversion import Key
from faceaudit.types import Evidence, Figure, ImageArray, IntArray


@dataclass(frozen=True, eq=False)
class Judging:
    """By what faces are judged, and what an attacker may do.

    Attributes:
        fmrs: false match rates to have thresholds at.
        faces: where the photos are from; None where all networks take them at one size.
        keys: who has a key of their own.
        enrolments: own photos at most that an attacker has stored.
    """

    fmrs: tuple[float, ...]
    faces: Places | None
    keys: Keys = "person"
    enrolments: int = 1000


@dataclass(frozen=True, eq=False)
class InvertedTemplates:
    """Faces rebuilt from stolen templates, and what systems say of them.

    Attributes:
        images: (A, H, W, 3) uint8, the faces that were rebuilt in the first trial.
        originals: (A, H, W, 3) uint8, the stolen photos.
        people: (A,) names of the attacked people.
        figures: everything that was counted, with intervals.
        evidence: raw scores, a row a person and trial.
        estimated: how the attacker came from what is stored to a template; empty where it is one.
    """

    images: ImageArray
    originals: ImageArray
    people: tuple[str, ...]
    figures: tuple[Figure, ...]
    evidence: Evidence
    estimated: str = ""

    def figure(self, metric: str) -> Figure:
        """Return a figure by its metric, such as "success_ii@fmr=0.001".

        Raises:
            UnknownName: there is no such figure.
        """
        for one in self.figures:
            if one.metric == metric:
                return one
        raise UnknownName("figure", metric, [one.metric for one in self.figures])


def invert_stolen(
    embedded: EmbeddedFaces,
    attack: TemplateInversion,
    protection: TemplateProtection,
    judging: Judging,
    parties: PartiesPlan,
    *,
    work: Workspace,
    key: Key = "none",
    trials: int = 1,
    seed: int = 0,
) -> InvertedTemplates:
    """Deal people to parties, steal templates, rebuild faces, and count how many pass.

    Args:
        embedded: the faces as each network has them; the first network is attacked.
        attack: what rebuilds faces.
        protection: what is stored in the place of templates.
        judging: by what faces are judged.
        parties: how people are dealt.
        work: local folders, and who is told of progress.
        key: whether the attacker has the keys.
        trials: how often the attack is made.
        seed: deals people, and is what attacks draw by.

    Raises:
        SplitError: there are too few people for the parties.
        InputError: the attack needs gradients, and the network is a file that gives none; or it is
            answered by whether it is accepted, at rates that there are too few strangers for.
    """
    dealt = deal_parties(embedded.faces, parties, seed)
    refuse_rates([attack], judging.fmrs, embedded.faces, dealt, seed)
    scenario = InversionScenario(judging, seed, embedded, dealt, work)
    tried = Try(scenario, attack, protection, key)
    stolen = tried.stolen()
    made = [tried.trial(stolen, number) for number in range(trials)]
    rows, faces = scenario.parties.stolen, scenario.faces
    return InvertedTemplates(
        images=made[0].found.images,
        originals=np.array(faces.images[rows]),
        people=_names(faces.names, faces.identity[rows]),
        figures=tuple(inversion_figures(made, tried.counting())),
        evidence=Evidence(
            tuple([faces.ids[row] for row in rows.tolist()] * trials),
            columns_of(made, scenario.people),
        ),
        estimated=stolen.how,
    )


def _names(names: Sequence[str], people: IntArray) -> tuple[str, ...]:
    return tuple(names[person] for person in people.tolist())
