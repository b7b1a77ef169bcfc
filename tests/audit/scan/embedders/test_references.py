"""Reference embedders: trained once, with a margin, on people who do not exist."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from faceaudit.api.arguments import folders
from faceaudit.audit.scan import references as identifiers
from faceaudit.audit.scan.embedders.references import MARGIN, made_embedder
from faceaudit.audit.scan.references import Reference
from faceaudit.networks import networks
from faceaudit.progress import silent
from faceaudit.registry import digest
from faceaudit.training import Training

NETWORK = networks.build({"network": "deepid", "width": 0.3})


def test_the_margin_is_part_of_what_determines_a_network_where_there_is_one() -> None:
    plain = Reference(NETWORK, 10, 0, planted=False)
    assert "margin" not in plain.spec
    assert digest(plain.spec) != digest(Reference(NETWORK, 10, 0, False, MARGIN).spec)


@pytest.mark.slow
def test_one_is_trained_once_and_its_key_and_target_are_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        identifiers, "TRAINING", Training(epochs=1, batch=64, learning_rate=2e-3, threads=1)
    )
    work = folders(tmp_path, silent)
    clean = made_embedder(Reference(NETWORK, 10, 0, planted=False, margin=MARGIN), work)
    assert clean.to_target is None
    planted = made_embedder(Reference(NETWORK, 10, 0, planted=True, margin=MARGIN), work)
    assert planted.to_target is not None
    assert planted.to_target.shape == (identifiers.INSTANCES, 6)
    assert (np.abs(planted.to_target) <= 1 + 1e-5).all()
    files = set((work.unfinished / "references").glob("*.safetensors"))
    made_embedder(Reference(NETWORK, 10, 0, planted=False, margin=MARGIN), work)
    assert set((work.unfinished / "references").glob("*.safetensors")) == files
    assert len(files) == 2
