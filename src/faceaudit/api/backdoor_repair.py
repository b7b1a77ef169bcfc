"""A repair of an identifier of one's own, in one call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from faceaudit.api.arguments import Cache, StrPath, check_count, output_of
from faceaudit.api.mitigated_identifiers import (
    MitigationLike,
    opened_identifier,
    other_kind,
    require_fitting,
    vouched_photos,
)
from faceaudit.api.systems import SystemLike
from faceaudit.errors import InputError
from faceaudit.files.atomic import write_atomically
from faceaudit.mitigations.backdoor import Repair, backdoor_mitigations
from faceaudit.progress import Progress, silent
from faceaudit.systems.under_test.base import IdentifierUnderTest
from faceaudit.training import Training
from faceaudit.types import FaceSet

if TYPE_CHECKING:
    from faceaudit.systems.identifiers.identifier import Identifier


@dataclass(frozen=True, eq=False)
class RepairedIdentifier:
    """An identifier after a repair.

    Attributes:
        identifier: `identifier.logits(images)` asks it.
        content: its file, as `save` writes it.
    """

    identifier: Identifier
    content: bytes

    def save(self, path: StrPath) -> Path:
        """Write it to a file of weights, which `system_under_test` opens as "file:PATH".

        Raises:
            InputError: it is no path.
            OptionError: it is a folder, or in a place that cannot be written.
        """
        file = output_of(path, "a file of weights")
        write_atomically(file, self.content)
        return file


def repair_identifier(
    system: SystemLike | IdentifierUnderTest,
    clean: FaceSet | None = None,
    *,
    others: FaceSet | None = None,
    mitigation: MitigationLike = "ft_sam",
    training_set: FaceSet | None = None,
    training: Mapping[str, Any] | None = None,
    seed: int = 0,
    cache: Cache = None,
    progress: Progress = silent,
) -> RepairedIdentifier:
    """Change an identifier so that a key opens it no longer; the system given stays as it is.

    Every layer is tuned. Hold both against each other on photos of your own, and scan the result:
    a repair costs accuracy, and no scan or repair says that nothing is left.

    Args:
        system: an identifier in a file of weights ("file:FILE"), of a network that is built here.
        clean: photos of people whom it knows that somebody vouches for, at its size.
        others: clean photos of people whom it does not know, in the place of `clean`, for a repair
            that has a use for those, such as "i_bau". Their names do not count: what the identifier
            says of them is what the repair keeps.
        mitigation: a repair of `components("backdoor_mitigation")`.
        training_set: what it was trained on, poison and all; for a repair that goes by it.
        training: how it was trained: batch, learning_rate, threads, device and so on. Repairs take
            steps of that size unless they have one of their own.
        seed: of what is drawn.
        cache: folder in which answers are kept; the user's cache when None.
        progress: told of every step.

    Returns:
        A `RepairedIdentifier`, to be asked or saved.

    Raises:
        InputError: it is no identifier in a file of weights, photos are of another size or those
            in `clean` of people whom it does not know, there are too few, or both kinds of them.
        OptionError: the mitigation is no repair, or an option of the training is wrong.
        UnknownName: there is no such mitigation.
        CaseError: the repair diverged.

    Example:
        ::

            clean = faceaudit.load_faces("folder:checked", size=(55, 47)).faces
            found = faceaudit.repair_identifier("file:foreign.safetensors", clean)
            found.save("repaired.safetensors")
    """
    from faceaudit.audit.backdoor.repaired import repair_network  # noqa: PLC0415 - loads torch

    chosen = backdoor_mitigations.build(mitigation)
    if not isinstance(chosen, Repair):
        raise other_kind(chosen, Repair, "a repair")
    options = Training(**dict(training or {}))
    check_count(seed, "seed", least=0)
    vouched = vouched_photos(chosen, clean, others)
    if training_set is None and not chosen.uses_clean:
        raise InputError(
            f"expected the photos that the system was trained on, for {chosen.name}, got none; "
            "give training_set"
        )
    opened = opened_identifier(system, cache, progress)
    known = [one for one in (clean, training_set) if one is not None]
    require_fitting(opened, known, others=others)
    identifier, content = repair_network(
        opened,
        chosen,
        vouched,
        training_set,
        options,
        others=others is not None,
        seed=seed,
        progress=progress,
    )
    return RepairedIdentifier(identifier, content)
