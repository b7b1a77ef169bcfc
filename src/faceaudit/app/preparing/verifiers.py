"""Verifiers on the app's networks, with and without mitigation, and an audit of what they leak."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import safetensors.torch

import faceaudit
from faceaudit.api.spelling import find_source
from faceaudit.app.gallery_people import look_through
from faceaudit.app.networks import VARIATION, known
from faceaudit.app.preparing.step import Step
from faceaudit.app.settings import Settings
from faceaudit.app.verifiers import (
    AVERAGE,
    DESCRIBED,
    FACEBONE,
    HELD_OUT,
    LEARNED,
    NAME,
    NONE,
    SHOWN,
    THRESHOLD,
    Faces,
    KnownVerifier,
    Prepared,
    audit_folder,
)
from faceaudit.faces.sources.common.photo_source import PhotoSource
from faceaudit.progress import Progress
from faceaudit.types import PairSet

PEOPLE = {"source": "synthetic", "people": 130, "photos": 5, "sessions": 3, "seed": 7001}
"""Who verifiers learn from and are tested on; nobody of them taught a network."""
AUDITED = {"source": "synthetic", "people": 240, "photos": 5, "sessions": 2, "seed": 7002}
"""Who is on the pairs of the membership audit, likewise."""
SHARE = 0.5
"""Of the people, whose pairs are only tested."""
PREDICTOR = {"predictor": "difference_network", "epochs": 20}
"""What decides on a pair; a distance where that is the mitigation."""
AUDIT: Mapping[str, Any] = {
    "pool": {"pairs": 1200, "blocks": 100, "per_person": 6, "validation": 120},
    "predictor": {"predictor": "difference_network", "epochs": 25},
    "attacks": ["loss", {"attack": "black_box", "folds": 2}, "lira"],
    "levels": ["pair"],
    "verifiers": 10,
    "targets": 5,
    "fprs": [0.05, 0.1],
    "groups": [],
}
"""The rest of the membership audit's section."""


def make(settings: Settings, folder: Path, progress: Progress) -> None:
    """Train verifiers on the app's networks, score pairs, and audit them for membership."""
    networks = known(settings)
    # As the networks saw the people whom they learned from.
    aligned = settings.align is not None or bool(settings.networks)
    seen = {"variation": VARIATION, "aligned": aligned}
    audited = AUDITED | seen
    with progress.task(NAME, 2 + len(networks)) as advance:
        faces = chosen_faces(settings, PEOPLE | seen)
        verifiers = _train(faces, networks, folder, progress)
        advance(1)
        for number in range(len(networks)):
            _audit(networks, number, audited, folder, progress)
            advance(1)
        for one in (faces, Faces(audited)):  # so that no page has to wait for them
            one.load(SHOWN, folder, progress)
        described = Prepared(
            faces=faces,
            audited=Faces(audited),
            networks=tuple(one.title for one in networks),
            verifiers=tuple(verifiers),
            audits=tuple(range(len(networks))),
        )
        text = json.dumps(asdict(described), indent=1)
        (folder / DESCRIBED).write_text(text, encoding="utf-8")
        advance(1)


def chosen_faces(settings: Settings, synthetic: Mapping[str, Any]) -> Faces:
    """Return the operator's own people where there are enough of them, else synthetic ones."""
    source = None if settings.faces is None else find_source(settings.faces)
    if isinstance(source, PhotoSource) and source.real:
        ids = look_through(source).others
        if ids:
            return Faces(str(settings.faces), ids, settings.align)
    return Faces(synthetic)


def plan_of(
    backbones: Sequence[Mapping[str, Any]], faces: Mapping[str, Any], *, brief: bool = False
) -> dict[str, Any]:
    """Return the plan of a membership audit; users ask with the first backbone.

    Args:
        backbones: as a plan spells them; FaceBone needs two, and is left out with one.
        faces: who is on the pairs.
        brief: with FaceBone as the only mitigation.
    """
    mitigations: list[Any] = [NONE]
    if len(backbones) > 1:
        mitigations.append(FACEBONE)
    if len(backbones) > 1 and not brief:
        mitigations.append({"mitigation": FACEBONE, "query": "average"})
    if not brief:
        mitigations += [THRESHOLD, "hard_labels"]
    section = {**AUDIT, "faces": faces, "backbones": list(backbones), "mitigations": mitigations}
    return {"title": "Verifiers of the app", "membership": section}


def _train(
    faces: Faces, networks: Sequence[Any], folder: Path, progress: Progress
) -> list[KnownVerifier]:
    """Train every verifier on the same pairs, and keep its scores on them and on held-out ones."""
    photos = [faces.load(one.embedder.size, folder, progress) for one in networks]
    wanted: list[tuple[str, tuple[int, ...], dict[str, Any]]] = [
        (NONE, (number,), {}) for number in range(len(networks))
    ]
    if len(networks) > 1:
        every = tuple(range(len(networks)))
        wanted.append((FACEBONE, every, {"facebone": "pair"}))
        wanted.append((AVERAGE, every, {"facebone": "pair", "query": "average"}))
    wanted.append((THRESHOLD, (0,), {"predictor": "cosine"}))
    found: list[KnownVerifier] = []
    pairs = None
    for mitigation, of, options in wanted:
        trained = faceaudit.train_verifier(
            [photos[number] for number in of],
            [networks[number].embedder for number in of],
            pairs=pairs,
            held_out=SHARE,
            **{"predictor": PREDICTOR, **options},
            cache=folder / "cache",
            progress=progress,
        )
        pairs = trained.pairs
        name = f"{mitigation}-{'-'.join(str(number + 1) for number in of)}"
        trained.save(folder / f"{name}.safetensors")
        for rows, file in ((pairs.test, HELD_OUT), (pairs.train, LEARNED)):
            scored = faceaudit.score_pairs(
                trained, trained.faces, _some(pairs.pairs, rows), cache=folder / "cache"
            )
            scored.save(folder / file.format(name=name))
        found.append(KnownVerifier(name, mitigation, of))
    return found


def _some(pairs: PairSet, rows: Any) -> PairSet:
    chosen = rows.tolist()
    return PairSet(
        tuple(pairs.first[row] for row in chosen),
        tuple(pairs.second[row] for row in chosen),
        pairs.same[rows],
        pairs.fold[rows],
        pairs.what,
    )


def _audit(
    networks: Sequence[Any],
    first: int,
    faces: Mapping[str, Any],
    folder: Path,
    progress: Progress,
) -> None:
    """Audit verifiers that are asked with one of the networks, the others beside it."""
    order = [first, *(number for number in range(len(networks)) if number != first)]
    backbones = [_backbone(networks[number], number, folder) for number in order]
    faceaudit.run(
        plan_of(backbones, faces, brief=first > 0),
        store=audit_folder(folder, first),
        report=False,
        progress=progress,
    )


def _backbone(network: Any, number: int, folder: Path) -> dict[str, Any]:
    """Return a network as a plan spells it, its weights in a file."""
    embedder = getattr(network.embedder, "embedder", network.embedder)
    spelled: dict[str, Any] = {"network": embedder.network.spec().as_json()}
    state = embedder.state()
    if state:  # a network that is its own file has none
        file = folder / f"network-{number + 1}.safetensors"
        kept = {key: one.detach().cpu().contiguous() for key, one in state.items()}
        safetensors.torch.save_file(kept, file)
        spelled["weights"] = str(file)
    return spelled


STEP = Step(NAME, 20, make)
