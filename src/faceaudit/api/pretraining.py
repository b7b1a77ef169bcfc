"""Training of an embedder: from faces to a network that tells people apart whom it has not seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from faceaudit.api.arguments import StoreLike, store_of
from faceaudit.api.spelling import SourceLike, find_network, find_source
from faceaudit.audit.common.backbone import Pretrained
from faceaudit.audit.common.systems import NetworkPlan, Pretraining
from faceaudit.audit.common.workspace import load_faces, workspace
from faceaudit.errors import OptionError
from faceaudit.faces.split import SplitPlan
from faceaudit.networks.base import Network
from faceaudit.progress import Progress, silent
from faceaudit.systems.embedding.embedder import Embedder
from faceaudit.training import Training
from faceaudit.training.device import choose_device


def train_embedder(
    network: Network | Mapping[str, Any] | str,
    faces: SourceLike,
    *,
    split: SplitPlan | Mapping[str, Any] | None = None,
    training: Training | Mapping[str, Any] | None = None,
    margin: float | None = None,
    seed: int = 0,
    device: str = "auto",
    store: StoreLike = "audit",
    progress: Progress = silent,
) -> Embedder:
    """Train a network to tell people apart, and return it without its layer of names.

    It is what `pretraining` in a plan does: a plan that is run into the same store with the same
    options finds the network there.

    Args:
        network: a name that `components("network")` lists, such as "deepid", or a mapping as a plan
            has it.
        faces: the people to learn from, as `load_faces` takes a source.
        split: photos of each person that train (`train`) and validate (`validation`), as in a
            plan; the defaults of a plan when None.
        training: epochs, learning rate and so on, as in a plan.
        margin: by how much the cosine with the right person must be the largest while learning
            (CosFace; 0.2 is usual for small sets); a softmax layer when None.
        seed: sets first weights and the order of photos.
        device: where the trained network runs: "cpu", "cuda", or a GPU where there is one when
            "auto".
        store: where its weights are kept; what is there already is not trained again.
        progress: told of every step.

    Returns:
        The network, ready to embed photos of its size.

    Raises:
        UnknownName: no network or source has that name.
        OptionError: an option is wrong, or the network is a file, which learns nothing.
        SplitError: there are too few photos for the split.
        FaceAuditError: the faces cannot be loaded.

    Example:
        ::

            others = {"source": "synthetic", "people": 60, "photos": 20}
            embedder = faceaudit.train_embedder("deepid", others, training={"epochs": 10})
    """
    found = find_network(network)
    if found.is_file:
        raise OptionError(
            f"expected a network that can be trained, got {found.name!r}, whose file holds its "
            "weights; load it with faceaudit.load_network"
        )
    source = find_source(faces)
    options = {"split": split, "training": training}
    given = {name: value for name, value in options.items() if value is not None}
    plan = NetworkPlan(
        network=found,
        pretraining=Pretraining(faces=source, margin=margin, seed=seed, **given),
    )
    assert plan.pretraining is not None
    where = choose_device(device)
    kept = store_of(store)
    work = workspace(kept, progress)
    return Pretrained(
        plan.network,
        plan.pretraining,
        load_faces(plan.pretraining.faces, plan.network.size, work).faces,
        kept,
        work=work.unfinished,
        progress=work.progress,
    ).embedder(where)
