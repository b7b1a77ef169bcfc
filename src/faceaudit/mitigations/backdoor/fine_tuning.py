"""A repair: the system learns on from clean photos."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from faceaudit.mitigations.backdoor.base import Repair, RepairTask, backdoor_mitigations
from faceaudit.mitigations.backdoor.common.tuning import cross_entropy, require_clean, tune


@backdoor_mitigations.register
class FineTuning(Repair):
    """All weights learn on from clean photos, which say nothing of the key.

    Where we differ: the paper tunes after pruning and finds tuning alone too weak; it is here to be
    held against. The step size is Adam's of the training, and every layer stays in evaluation mode.
    On photos of people whom the system does not know it is tuned to what it says already, which
    shuts no key: it is there to be held against as well. Adam's steps do not shrink with slopes,
    so that it costs some accuracy even so.
    """

    name: ClassVar[str] = "fine_tuning"
    paper: ClassVar[str] = (
        "Liu, Dolan-Gavitt, Garg 2018, Fine-Pruning: defending against backdooring attacks on deep "
        "neural networks, arXiv 1805.12185, section 4 (fine-tuning)"
    )
    clean_photos: ClassVar[int] = 1
    other_photos: ClassVar[int | None] = 1

    epochs: int = Field(10, ge=1, description="how often each clean photo is shown")
    batch: int = Field(32, ge=1, description="photos a step")
    learning_rate: float | None = Field(
        None,
        gt=0,
        description="Adam's step size at first, falling to zero; none means that of the training",
    )

    def repair(self, task: RepairTask) -> None:
        """Learn on from the clean photos.

        Raises:
            InputError: there are none.
            CaseError: it diverged.
        """
        require_clean(task, "learn on from")
        tune(
            task,
            cross_entropy(task),
            epochs=self.epochs,
            batch=self.batch,
            rate=self.learning_rate,
        )
