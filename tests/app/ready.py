"""A folder of the app in which gallery and networks are ready, made in a moment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import safetensors.torch
import torch

from faceaudit.app.gallery import STEP as GALLERY
from faceaudit.app.gallery import Gallery, GalleryPhoto
from faceaudit.app.gallery import save as save_gallery
from faceaudit.app.networks import REFERENCE, STEP, WEIGHTS, wanted
from faceaudit.app.preparing.step import DONE, folder_of
from faceaudit.app.reference import FMRS, Distribution, Reference
from faceaudit.app.settings import Settings
from faceaudit.metrics import OperatingPoint
from faceaudit.networks.base import networks
from faceaudit.types import Estimate, ImageArray

PEOPLE, PHOTOS = 10, 4
METHOD = "cross-fitted, predicts as many other people 95 %"


@dataclass(frozen=True)
class Ready:
    """A folder in which all that Verify needs is prepared."""

    settings: Settings

    @property
    def networks(self) -> Path:
        return folder_of(self.settings, STEP)


def make_gallery(settings: Settings) -> None:
    """Write a gallery of flat patches, each person a colour, each photo a brightness."""
    photos = tuple(
        GalleryPhoto(person, patch(person, number))
        for person in range(PEOPLE)
        for number in range(PHOTOS)
    )
    folder = folder_of(settings, GALLERY)
    save_gallery(Gallery(photos, real=False), folder)
    (folder / DONE).touch()


def make_networks(settings: Settings, *, most: int = 2) -> None:
    """Write untrained networks with made-up distributions."""
    for one in wanted(settings)[:most]:
        place = folder_of(settings, STEP) / one.name
        place.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(int(one.name))
        module = networks.build(one.network).build()  # type: ignore[arg-type]
        safetensors.torch.save_file(
            {name: tensor.contiguous() for name, tensor in module.state_dict().items()},
            place / WEIGHTS,
        )
        reference().save(place / REFERENCE)


def patch(person: int, number: int, size: tuple[int, int] = (55, 47)) -> ImageArray:
    """Return a flat photo with a bright bar; no two are alike."""
    pixels = np.full((*size, 3), 40 + 15 * number, dtype=np.uint8)
    pixels[..., person % 3] += 60
    pixels[2 * person : 2 * person + 8] = 250 - 10 * person
    return pixels


def reference() -> Reference:
    """Return made-up distributions: thresholds rise from 0.1 as the rate falls."""
    edges = np.linspace(0, 1, 61)
    middles = (edges[1:] + edges[:-1]) / 2

    def spread(centre: float, n: int) -> Distribution:
        shares = np.exp(-(((middles - centre) / 0.15) ** 2))
        return Distribution(n, tuple((shares / shares.sum()).tolist()))

    points = tuple(
        OperatingPoint(
            rate,
            0.1 + 0.035 * place,
            Estimate(rate, rate / 2, rate * 2, 199_000, METHOD),
            Estimate(0.02 * place, 0.01 * place, 0.03 * place, 1_200, METHOD),
        )
        for place, rate in enumerate(FMRS)
    )
    return Reference(
        200,
        real=False,
        edges=tuple(edges.tolist()),
        genuine=spread(0.8, 1_200),
        impostor=spread(0.3, 199_000),
        points=points,
    )
