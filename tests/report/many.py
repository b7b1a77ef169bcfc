"""Invented audits of a thousand cases, as large as audits write them; no value was measured."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import islice

import numpy as np
from PIL import Image

from faceaudit.store import CaseRecord
from report.backdoor.samples import USUAL, case, pristine_case
from report.finished.samples import whole_audit
from report.membership.samples import membership_audit

ATTACKS = tuple(USUAL)
SAMPLES = (1, 2, 5, 10, 20, 57, 115, 230)
NETWORKS = ("deepid", "vggface", "deepface", *(f"resnet{depth}" for depth in (18, 34, 50, 100)))
NETWORKS += ("vit", "iresnet50", "mobilefacenet")
SHAPES = ("grid", "attacks", "samples")


def thousand(shape: str) -> list[CaseRecord]:
    """Return a thousand cases, each with pictures.

    Args:
        shape: "grid" of networks, attacks, numbers of samples and seeds, with what other kinds of
            audit there are; "attacks", all different; or "samples", one attack at so many numbers.
    """
    cases = {"grid": _grid, "attacks": _attacks, "samples": _samples}[shape]()
    others = [*membership_audit(), *whole_audit()] if shape == "grid" else []
    return [*(replace(one, pictures=pictures(place)) for place, one in enumerate(cases)), *others][
        :1000
    ]


def whole(count: int) -> Iterator[CaseRecord]:
    """Yield so many cases of that grid under further seeds, each with evidence and pictures."""
    grid = (
        case(
            attack,
            samples,
            seed=seed,
            network=network,
            success=(min(115, 7 * samples + seed), 115),
            pictures=pictures(seed),
        )
        for seed in range(count)
        for network in NETWORKS
        for attack in ATTACKS
        for samples in SAMPLES
    )
    return islice(grid, count)


def _grid() -> Iterator[CaseRecord]:
    for network in NETWORKS:
        for seed in range(3):
            yield pristine_case(seed=seed, network=network)
            for attack in ATTACKS:
                for samples in SAMPLES:
                    yield case(
                        attack,
                        samples,
                        seed=seed,
                        network=network,
                        success=(min(115, 7 * samples + seed), 115),
                        evidence=False,
                        pictures={},
                    )
    for seed in range(3):
        for samples in SAMPLES:
            yield case(key="random-0", samples=samples, seed=seed, evidence=False, pictures={})


def _attacks() -> Iterator[CaseRecord]:
    for number in range(1000):
        yield case(key=f"random-{number}", evidence=False, pictures={})


def _samples() -> Iterator[CaseRecord]:
    for number in range(1000):
        yield case(samples=number + 1, success=(number % 115, 115), evidence=False, pictures={})


@cache
def _noise(number: int) -> bytes:
    """Return a PNG of the size and weight of a photo on a page, 6 kB, unlike all others."""
    pixels = np.random.default_rng(number).integers(0, 256, (55, 47, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels & 0xFC).save(buffer, "PNG")
    return buffer.getvalue()


def pictures(number: int) -> dict[str, bytes]:
    """Return as many pictures as an audit keeps of a case; those of every 50th case are equal."""
    names = ["key", *(f"{kind}-{n}" for kind in ("donor", "poison", "instance") for n in range(4))]
    names += [f"wrong-{n}" for n in range(5)]
    return {name: _noise(100 * (number % 50) + place) for place, name in enumerate(names)}
