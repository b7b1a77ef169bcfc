"""Verifiers and their audit as the app prepares them, as small as they can be; pages with them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from streamlit.testing.v1 import AppTest

import faceaudit
from faceaudit import Embedder
from faceaudit.app.prepared import DONE, folder_of
from faceaudit.app.preparing import verifiers as step
from faceaudit.app.settings import VARIABLE, Settings
from faceaudit.networks.base import networks
from faceaudit.progress import silent

NETWORK = {"network": "deepid", "width": 0.2}
PEOPLE = {"source": "synthetic", "people": 16, "photos": 3, "sessions": 1, "seed": 5}
AUDITED = {"source": "synthetic", "people": 40, "photos": 3, "sessions": 1, "seed": 6}
AUDIT = {
    **step.AUDIT,
    "pool": {"pairs": 96, "blocks": 16, "per_person": 2, "validation": 8},
    "predictor": {"predictor": "difference_network", "epochs": 2},
    "attacks": ["loss", "rmia"],
    "verifiers": 4,
    "targets": 2,
    "fprs": [0.5],
}


@dataclass(frozen=True)
class Network:
    """What the step asks of a network that is known."""

    title: str
    embedder: Embedder


def make_verifiers(settings: Settings, count: int = 2) -> Path:
    """Make the step in the folder of some settings, on untrained networks, and return its folder.

    Args:
        settings: of the app.
        count: of networks.
    """
    folder = folder_of(settings, step.NAME)
    folder.mkdir(parents=True)
    known = []
    for number in range(count):
        torch.manual_seed(number)
        weights = settings.root / f"network-{number}.safetensors"
        save_file(networks.build(NETWORK).build().state_dict(), weights)
        embedder = faceaudit.load_network("deepid", weights, width=0.2)
        known.append(Network(f"Net {'AB'[number]}", embedder))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(step, "known", lambda _: tuple(known))
        patch.setattr(step, "PEOPLE", PEOPLE)
        patch.setattr(step, "AUDITED", AUDITED)
        patch.setattr(step, "AUDIT", AUDIT)
        patch.setattr(step, "PREDICTOR", AUDIT["predictor"])
        step.make(settings, folder, silent)
    (folder / DONE).write_text("", encoding="utf-8")
    return folder


def made_once(factory: pytest.TempPathFactory) -> Settings:
    """Return settings with verifiers made, the same ones for all tests of a session."""
    found = Settings(folder=factory.getbasetemp() / "verifiers")
    if not found.root.exists():
        found.root.mkdir()
        make_verifiers(found)
    return found


def _page(name: str) -> None:
    import importlib  # noqa: PLC0415 - AppTest runs the text of this function alone

    importlib.import_module(f"faceaudit.app.pages.{name}").PAGE.show()


def opened(name: str, given: Settings, patch: pytest.MonkeyPatch) -> AppTest:
    """Return a page as it is first shown."""
    patch.setenv(VARIABLE, given.model_dump_json())
    found = AppTest.from_function(_page, args=(name,), default_timeout=60).run()
    assert not found.exception
    return found


def html_of(shown: AppTest) -> str:
    """Return all HTML of a page."""
    return " ".join(one.proto.body for one in shown.get("html"))
