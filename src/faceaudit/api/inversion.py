"""Faces rebuilt from the templates of an embedder of one's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from faceaudit.api.arguments import Cache, check_count, folders
from faceaudit.api.embedding import EmbedderLike, check_embedder, check_embedders
from faceaudit.api.faces import FacesLike, check_faces, faces_at
from faceaudit.api.rates import RateLike, find_rates
from faceaudit.api.spelling import AlignLike
from faceaudit.attacks.inversion.templates import TemplateInversion, template_inversions
from faceaudit.audit.common.embedded import EmbeddedFaces
from faceaudit.audit.common.parties import PartiesPlan
from faceaudit.audit.common.systems import NetworkPlan
from faceaudit.audit.inversion.inverted import InvertedTemplates, Judging, invert_stolen
from faceaudit.audit.inversion.plan import lacks_networks
from faceaudit.errors import InputError
from faceaudit.mitigations.templates import TemplateProtection, template_protections
from faceaudit.progress import Progress, silent
from faceaudit.records.backbone import BackboneFacts, FileBackboneFacts
from faceaudit.records.inversion import Key
from faceaudit.systems.embedding.embedder import Embedder
from faceaudit.systems.under_test.base import Access

AttackLike = TemplateInversion | str | Mapping[str, Any]
"""An inversion of templates, by its name or as a plan spells it."""
ProtectionLike = TemplateProtection | str | Mapping[str, Any]
"""A protection of templates, likewise."""


def invert_templates(
    embedder: EmbedderLike,
    faces: FacesLike,
    *,
    attack: AttackLike = "white_box",
    judges: EmbedderLike | Sequence[EmbedderLike] = (),
    protection: ProtectionLike = "none",
    key_known: bool = False,
    attacked: int = 100,
    learn: float = 0.5,
    fmrs: Sequence[RateLike] = (0.01, 0.001),
    trials: int = 1,
    seed: int = 0,
    align: AlignLike | None = None,
    cache: Cache = None,
    progress: Progress = silent,
) -> InvertedTemplates:
    """Rebuild faces from templates of an embedder, and count how many pass as the person.

    People are dealt to three parties: those whose templates are stolen, those whose photos the
    attacker has, and those who fix the thresholds. A plan with a section `inversion` does the same
    for many attacks, with a report.

    Args:
        embedder: the attacked network, from `load_network` or `Embedder.wrap`.
        faces: photos of many people, two or more of most; loaded at the embedder's size, or where
            to load them from.
        attack: of `components("template_inversion")`; attacks that start from another network's
            templates need a plan.
        judges: other networks, before which rebuilt faces are to pass, too.
        protection: of `components("template_protection")`: what is stored.
        key_known: whether the attacker has its keys, of a protection with keys.
        attacked: people at most whose templates are stolen.
        learn: the share of all others whom the attacker learns from.
        fmrs: false match rates at whose thresholds faces are to pass, above 0 and below 1.
        trials: how often the attack is made.
        seed: deals people, and is what the attack draws by.
        align: how the face in each photo is found, where they are loaded now.
        cache: a folder, or a `Store` to keep embeddings beside it.
        progress: told of long work.

    Returns:
        `InvertedTemplates`: the faces, raw scores, and figures such as `success_ii@fmr=0.001`
        beside those of a random face, the average one, the nearest look-alike and the photo itself.

    Raises:
        UnknownName: there is no such attack or protection.
        OptionError: an option is wrong.
        InputError: the attack needs more than there is: gradients of a network in a file, or
            another network's templates.
        SplitError: there are too few people for the three parties.
        FaceAuditError: the faces cannot be loaded.

    Example:
        >>> import faceaudit, torch
        >>> _ = torch.manual_seed(0)
        >>> module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 40 * 40, 32))
        >>> embedder = faceaudit.Embedder.wrap(module, size=(40, 40))
        >>> people = {"source": "synthetic", "people": 30, "photos": 2, "sessions": 1}
        >>> found = faceaudit.invert_templates(embedder, people, attack="look_alike", fmrs=[0.1])
        >>> found.images.shape, found.figure("solution_rate").estimate.n
        ((15, 40, 40, 3), 15)
    """
    chosen = template_inversions.build(attack)
    if chosen.foreign:
        raise InputError(
            f"expected an attack on the templates of one network, got {chosen.name!r}; run a plan "
            "with several embedders instead"
        )
    networks = [check_embedder(embedder), *(check_embedders(judges) if judges else [])]
    joined = template_protections.build(protection)
    why = lacks_networks(joined, len(networks))
    if why:
        raise InputError(f"{why}; change its networks, or judges, who store templates, too")
    rates = find_rates(fmrs)
    if not rates:
        raise InputError("expected a false match rate or more, got none; try fmrs=[0.001]")
    trials, seed = check_count(trials, "trials"), check_count(seed, "seed", least=0)
    parties = PartiesPlan(attacked=attacked, learn=learn)
    if chosen.access == Access.GRADIENTS:
        networks[0].differentiable()
    check_faces(faces, align)
    work = folders(cache, progress)
    loaded = faces_at(faces, [one.size for one in networks], work, align=align)
    key: Key = ("known" if key_known else "secret") if joined.keyed else "none"
    return invert_stolen(
        EmbeddedFaces(
            tuple(NetworkPlan(network=one.network) for one in networks),
            tuple(loaded),
            tuple(map(_InMemory, networks)),
            work,
        ),
        chosen,
        joined,
        Judging(rates, loaded[0].source),
        parties,
        work=work,
        key=key,
        trials=trials,
        seed=seed,
    )


@dataclass(frozen=True, eq=False)
class _InMemory:
    """An embedder that is here already, in the place of a backbone."""

    of: Embedder

    @property
    def id(self) -> str:
        return self.of.id

    def state(self) -> Mapping[str, torch.Tensor]:
        return self.of.state()

    def embedder(self, device: torch.device) -> Embedder:
        del device
        return self.of

    def facts(self) -> BackboneFacts:
        return FileBackboneFacts(file="in memory", sha256=self.of.weights_digest)
