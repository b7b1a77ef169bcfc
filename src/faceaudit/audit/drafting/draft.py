"""A plan drafted for somebody's photos: what they can carry, and why it is as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from pydantic import TypeAdapter

from faceaudit.audit.common.outline import outline_faces
from faceaudit.audit.drafting.backdoor import BackdoorDraft, draft_backdoor
from faceaudit.audit.drafting.membership import MembershipDraft, draft_membership
from faceaudit.audit.drafting.starting_point import (
    StartingPoint,
    find_detector,
    find_starting_point,
)
from faceaudit.audit.drafting.text import comment, spell
from faceaudit.audit.obstacles import plan_obstacles
from faceaudit.audit.plan import Plan
from faceaudit.audit.plan_schema import LINE
from faceaudit.errors import OptionError, SourceError, SplitError
from faceaudit.faces.sources.base import Source, sources
from faceaudit.faces.sources.common.photo_source import PhotoSource
from faceaudit.registry import Component
from faceaudit.types import FaceSet


@dataclass(frozen=True)
class Draft:
    """A plan in YAML.

    Attributes:
        text: of its file, comments included.
        plan: what it says.
        decided: what was decided, each in one line.
    """

    text: str
    plan: Plan
    decided: tuple[str, ...]


def draft_plan(
    source: Source,
    *,
    title: str = "",
    seeds: int = 3,
    detector: str | Path | None = None,
    weights: str | Path | None = None,
    network: Mapping[str, Any] | str | None = None,
) -> Draft:
    """Return a plan that suits the photos of a source; they are counted, none is read.

    Args:
        source: of photos; where it says how to align, that stays.
        title: of the report; one is made up when empty.
        seeds: how many trainings of everything.
        detector: YuNet's file, or the name of known weights that were fetched; None looks for them.
        weights: trained weights of the network: a file, or the name of known ones that were
            fetched; None looks for them.
        network: the architecture, as a plan spells it; None where the weights are known.

    Raises:
        OptionError: the source is none of photos, or nobody knows whose weights the file holds.
        SourceError: there are no photos to be had, or only reading them would tell how many.
        SplitError: there are too few people or photos for any audit; the message says what for.
        WeightsError: detector or weights are not here or cannot be used.
    """
    if not isinstance(source, PhotoSource):
        raise OptionError(
            f"expected photos of people, got {source.name}; people who do not exist are audited by "
            "`faceaudit run` as it is"
        )
    faces = _counted(source)
    if faces is None:
        raise SourceError(
            f"expected photos that can be counted before they are read, got {source.path}; try "
            "the folder that it unpacks to"
        )
    aligned, said = _aligned(source, detector)
    start = find_starting_point(weights, network)
    spelled = _spelled(aligned)
    seed_list = list(range(seeds))
    eyes = aligned.align is not None or source.name == "celeba"
    backdoor = draft_backdoor(spelled, faces, start, seeds=seed_list, eyes_known=eyes)
    membership = draft_membership(spelled, faces, start, seeds=seed_list)
    if not backdoor.values and not membership.values:
        raise SplitError(
            f"expected photos that carry an audit, got {_count(faces)}. Backdoor: "
            f"{backdoor.why_none}. Membership: {membership.why_none}. Try more photos"
        )
    name = title or f"Audit of {Path(source.path).name or source.path}"
    text = "".join(
        (
            LINE,
            _head(faces, name),
            _faces(spelled, said),
            f"seeds: {seed_list} # trainings of everything: one alone may lie far off\n",
            _backdoor_text(backdoor, start),
            _membership_text(membership, start, shown=not backdoor.values),
        )
    )
    plan = Plan(**yaml.safe_load(text))
    for obstacle in plan_obstacles(plan):
        raise obstacle
    return Draft(text, plan, _decided(faces, said, start, backdoor, membership))


def _counted(source: PhotoSource) -> FaceSet | None:
    """Return the outline of a source; of a folder without people's folders, say how to file it."""
    try:
        return outline_faces(source)
    except SourceError as error:
        root = Path(source.path).expanduser()
        loose = [file for file in root.iterdir() if file.is_file()] if root.is_dir() else []
        if not loose:
            raise
        raise SourceError(
            f"{error}; of the {len(loose)} files right in it nobody knows who is on them: make a "
            "folder for each person, or a list with a line `FILE NAME` for each photo and try "
            f"listed:LIST with --source root={root}"
        ) from None


def _aligned(
    source: PhotoSource, detector: str | Path | None
) -> tuple[PhotoSource, tuple[str, ...]]:
    if source.align is not None:
        if detector is not None:
            raise OptionError("expected a detector or a source that is aligned already, got both")
        return source, (f"Faces are aligned as {source.align.name} does.",)
    path, said = find_detector(detector)
    if path is None:
        return source, said
    values = {**source.spec().as_json(), "align": {"align": "yunet", "weights": str(path)}}
    built = sources.build(values)
    assert isinstance(built, PhotoSource)
    return built, said


def _spelled(source: PhotoSource) -> dict[str, Any]:
    """Return a source as a plan spells it, without what is the default anyway."""
    values = _changed(source)
    if not Path(source.path).is_absolute() and source.path[:1] not in ("~", "$"):
        values["path"] = str(Path(source.path).absolute())
    if source.align is not None:
        values["align"] = _changed(source.align)
    return values


def _changed(component: Component) -> dict[str, Any]:
    """Return a component's name and the options that are not the default, as plain values."""
    fields = type(component).model_fields
    values = component.spec().as_json()
    plain = {
        name: TypeAdapter(Any).dump_python(
            field.get_default(call_default_factory=True), mode="json"
        )
        for name, field in fields.items()
        if not field.is_required()
    }
    return {key: value for key, value in values.items() if key not in plain or value != plain[key]}


def _count(faces: FaceSet) -> str:
    photos = np.bincount(faces.identity, minlength=len(faces.names))
    least, most = int(photos.min()), int(photos.max())
    each = f"{least}" if least == most else f"{least} to {most}"
    people = "1 person" if len(faces.names) == 1 else f"{len(faces.names):,} people"
    return f"{people} with {each} photos each, {len(faces):,} in all"


def _head(faces: FaceSet, title: str) -> str:
    return comment(
        f"Drafted by `faceaudit init` for {_count(faces)}. Change what you like: `faceaudit show "
        "NAME` says what an option does, `faceaudit check` whether the plan would still run to "
        "its end, and how long that takes here."
    ) + spell({"title": title})


def _faces(values: Mapping[str, Any], said: Sequence[str]) -> str:
    align = values.get("align")
    plain = {name: value for name, value in values.items() if name != "align"}
    text = "faces:\n" + spell(plain, 2) + comment(said, 2)
    return text if align is None else text + spell({"align": align}, 2)


def _backdoor_text(draft: BackdoorDraft, start: StartingPoint) -> str:
    if not draft.values:
        return comment(f"There is no backdoor section: {draft.why_none}.")
    values = draft.values
    (system,) = values["systems"]
    attacks = "".join(spell([attack], 4) for attack in values["attacks"])
    refused = "".join(
        comment(f"{name} is left out: {why}.", 4) for name, why in draft.left_out.items()
    )
    return "".join(
        (
            comment(
                "An identifier is trained with and without poison; whoever carries the key is to "
                "pass as the target."
            ),
            "backdoor:\n",
            comment("Further numbers of poison samples (sweep) are tried with the first seed.", 2),
            spell({"sweep_seeds": values["sweep_seeds"]}, 2),
            comment(f"{draft.why['split']}.", 2),
            spell({"split": values["split"]}, 2),
            comment(start.why, 2),
            comment(f"{draft.why['learn']}.", 2),
            "  systems:\n",
            spell([system], 4),
            "  attacks:\n",
            attacks,
            refused,
            comment("Keys that the system was not poisoned with: do they open the door, too?", 2),
            spell({"wrong_keys": values["wrong_keys"]}, 2),
        )
    )


def _membership_text(draft: MembershipDraft, start: StartingPoint, *, shown: bool) -> str:
    if not draft.values:
        return comment(f"There is no membership section: {draft.why_none}.")
    values = draft.values
    return "".join(
        (
            comment(
                "Verifiers are trained on halves of a pool of pairs; attackers are to tell whom "
                "each learned from."
            ),
            "membership:\n",
            comment(start.why, 2) if shown else "",
            "  backbones:\n",
            spell(values["backbones"], 4),
            comment(f"{draft.why}.", 2),
            spell({"pool": values["pool"]}, 2),
            "  mitigations:\n",
            spell(values["mitigations"], 4),
            "  attacks:\n",
            spell(values["attacks"], 4),
        )
    )


def _decided(
    faces: FaceSet,
    said: Sequence[str],
    start: StartingPoint,
    backdoor: BackdoorDraft,
    membership: MembershipDraft,
) -> tuple[str, ...]:
    lines = [_count(faces), " ".join(said), " ".join(start.why)]
    if backdoor.values:
        names = [str(attack["attack"]) for attack in backdoor.values["attacks"]]
        lines.append(f"backdoor: {', '.join(names)}; {backdoor.why['split']}")
        lines += [f"backdoor: {name} is left out: {why}" for name, why in backdoor.left_out.items()]
        lines.append(f"backdoor: {backdoor.why['learn']}")
    else:
        lines.append(f"no backdoor section: {backdoor.why_none}")
    lines.append(
        f"membership: {membership.why}"
        if membership.values
        else f"no membership section: {membership.why_none}"
    )
    return tuple(lines)
