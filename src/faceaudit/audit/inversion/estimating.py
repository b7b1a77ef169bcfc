"""How an attacker comes from what a system stores to a template: the first step of an inversion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faceaudit.audit.inversion.attacked import AttackedSystem
from faceaudit.faces.seeded_order import seeded_order
from faceaudit.records.inversion import Key
from faceaudit.systems.embedding.adapter import LinearAdapter
from faceaudit.types import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Estimated:
    """Templates that an attacker starts from.

    Attributes:
        templates: (A, E) by the attacked network, of length 1.
        how: in words; empty where what is stored is a template.
    """

    templates: FloatArray
    how: str = ""


def estimate_templates(system: AttackedSystem, key: Key) -> Estimated:
    """Return what an attacker who knows the protection makes of what is stored.

    Own photos are stored, too, and what was stored of them is held against their templates. With
    the keys, or of a protection without any, what is stored is first undone as far as the
    protection says how (`TemplateProtection.estimate`), and a linear map of the result to templates
    is learned on own photos; where it does not say how, the map is learned from what is stored,
    with the key of each attacked person. Without the keys it is learned from what is stored of own
    photos with the keys that those were given.

    Args:
        system: the attacked system.
        key: whether the attacker has the keys.
    """
    rows = system.parties.stolen
    if system.protection.name == "none":
        return Estimated(system.templates(rows))
    faces, stored = system.embedded.faces, system.stored(rows)
    own = _own_photos(system)
    people, wanted = faces.identity[own], system.embedded.templates(0)[own]
    keys, own_keys = system.keys_of(faces.identity[rows]), system.keys_of(people)
    protection, given = system.protection, system.templates(own)
    photos = f"{len(own):,} photos of {len(np.unique(people)):,} other people"
    if key == "secret":
        same = "another" if system.plan.keys == "person" else "the same, unknown"
        adapter = LinearAdapter.fit(protection.protect(given, own_keys), wanted, people)
        how = f"by a linear map learned on {photos}, stored with {same} key"
        return Estimated(adapter.adapt(stored), how)
    undone = protection.estimate(stored, keys, given.shape[1])
    known = protection.estimate(protection.protect(given, own_keys), own_keys, given.shape[1])
    if undone is not None and known is not None:
        adapter = LinearAdapter.fit(known, wanted, people)
        how = f"undone, and corrected by a linear map learned on {photos}"
        return Estimated(adapter.adapt(undone), how)
    found = np.empty((len(rows), wanted.shape[1]), dtype=np.float32)
    for one in np.unique(keys):
        protected = protection.protect(given, np.full(len(own), one))
        found[keys == one] = LinearAdapter.fit(protected, wanted, people).adapt(stored[keys == one])
    return Estimated(found, f"by a linear map for each key, learned on {photos}")


def _own_photos(system: AttackedSystem) -> IntArray:
    """Return rows of photos of people who are not attacked, as many as may be stored."""
    rows = system.parties.learned
    ids = [system.embedded.faces.ids[row] for row in rows.tolist()]
    chosen = np.argsort(seeded_order(ids, system.seed))[: system.plan.enrolments]
    return np.sort(rows[chosen])
