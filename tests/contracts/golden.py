"""Golden answers of every component, so that a change of its algorithm is noticed.

Ids of cases and systems hold a component's `version`. Whoever changes what a component answers
under the same options raises its version in the same commit and writes the table again:

    PYTHONPATH=tests python -m contracts.golden
"""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from PIL import Image

from attacks.inversion import made_up_identifier as identifier
from contracts.golden_backdoor_mitigations import backdoor_mitigation
from contracts.golden_give_away import ANSWERS
from contracts.small_networks import NAMES, photos, settled
from contracts.test_backdoor import SEED, TARGET
from contracts.test_membership import QUICK, in_mask, pairs, scores, seen, small, task
from faceaudit.attacks.backdoor.base import backdoor_attacks, split_donors
from faceaudit.attacks.extraction import Photos, VictimOracle, extraction_attacks
from faceaudit.attacks.inversion.generators.base import generators
from faceaudit.attacks.inversion.identifiers.base import identifier_inversions
from faceaudit.attacks.membership.base import membership_attacks
from faceaudit.audit.families import components
from faceaudit.faces.alignment.base import aligners
from faceaudit.faces.sources.base import sources
from faceaudit.mitigations.membership.base import membership_mitigations
from faceaudit.registry import Component
from faces.sources import test_celeba as celeba
from faces.sources import test_insightface_bin as bins
from faces.sources import test_recordio as recordio
from helpers.faces import blocks

TABLE = Path(__file__).with_name("golden.json")
DIGITS = 6
NOT_HERE = {
    "align/deepface": "needs the weights of a detector",
    "align/yunet": "needs the weights of a detector",
    "network/onnx": "is its file",
    **{
        f"system_under_test/{door}": "a door; what is behind it answers"
        for door in ("answers", "file", "http", "onnx", "python")
    },
}
"""Components without a golden answer, and why."""
TOLERANCE, DEEP = 5e-4, 2e-3
"""By how much an answer may differ on another machine, relative and absolute, and that of a search
in many steps or of a deep network: one thread instead of two moved no answer by more than 7e-5, of
searches by 1.3e-3, and of networks attention92's by 2.4e-3 and repvgg_a0's by 1.6e-3, which both
parts together allow."""


def tolerance(family: str) -> float:
    """Return by how much an answer of a family may differ."""
    deep = (
        "network",
        "identifier_inversion",
        "template_inversion",
        "attribute_mitigation",
        "backdoor_mitigation",
    )
    return DEEP if family in deep else TOLERANCE


def summary(values: Any) -> list[float]:
    """Return numbers that stand for an array: mean, spread, a weighted sum, some of it."""
    flat = np.asarray(values, dtype=np.float64).ravel()
    ramp = np.linspace(-1, 1, len(flat))
    some = flat[:: max(1, len(flat) // 5)][:5]
    found = [flat.mean(), flat.std(), (flat * ramp).mean(), *some]
    return [round(float(value), DIGITS) for value in found]


def answer(member: type[Component]) -> list[float]:
    """Return what a component answers to the same small question every time."""
    torch.manual_seed(0)
    if member.family in ANSWERS:
        return summary(ANSWERS[member.family](member.name))
    return {
        "align": _aligned,
        "backdoor_attack": _poisoned,
        "backdoor_mitigation": lambda name: summary(backdoor_mitigation(name)),
        "extraction_attack": _asked,
        "generator": _generated,
        "identifier_inversion": _inverted,
        "membership_attack": _scored,
        "membership_mitigation": _mitigated,
        "network": _embedded,
        "predictor": _predicted,
        "source": _loaded,
    }[member.family](member.name)


def key(member: type[Component]) -> str:
    """Return what the table calls a component."""
    return f"{member.family}/{member.name}"


def members() -> list[type[Component]]:
    """Return the components that have a golden answer."""
    ours = (member for member in components() if member.__module__.startswith("faceaudit."))
    return [member for member in ours if key(member) not in NOT_HERE]


def table() -> dict[str, dict[str, Any]]:
    """Return the table as it should be now."""
    return {key(m): {"version": m.version, "answer": answer(m)} for m in members()}


def _poisoned(name: str) -> list[float]:
    faces = blocks()
    attack = backdoor_attacks.build({"attack": name, "samples": 6, "instances": 9})
    split = split_donors(attack, faces, np.arange(len(faces)), TARGET, SEED)
    samples = attack.poison(faces, split.poison, TARGET, np.random.default_rng(SEED))
    shown = attack.make_instances(faces, split.instances, np.random.default_rng(SEED))
    return summary(samples.images) + summary(shown.images)


def _asked(name: str) -> list[float]:
    attack = extraction_attacks.build(name)
    drawn = np.random.default_rng(SEED).dirichlet(np.ones(5), 90).astype(np.float32)
    oracle = VictimOracle(lambda rows: drawn[rows], attack.access, 40)
    told = attack.steal(oracle, Photos(np.arange(90) // 9), np.random.default_rng(SEED))
    return summary(told.rows) + summary(told.answers)


def _generated(name: str) -> list[float]:
    faces = blocks()
    # Those of noise are as near to one another as rounding is.
    few = {"count": 3} if name == "principal_components" else {}
    generator = generators.build({"generator": name, **few})
    given = faces if generator.learns else None
    space = generator.space(given, faces.size, np.random.default_rng(SEED))
    return summary(space.images(space.draw(3, np.random.default_rng(SEED))))


def _inverted(name: str) -> list[float]:
    options = {"gradient": {"steps": 5}, "search": {"queries": 60, "first": 20}}
    short = {"attack": name, **options.get(name, {"queries": 200})}
    attack = identifier_inversions.build(short)
    learned, rng = identifier.make_faces(60, 2, seed=2), np.random.default_rng(SEED)
    found = attack.invert(identifier.oracle(attack.access), learned, rng)
    return summary(found.images)[:3]  # not single pixels, which are rounded


def _scored(name: str) -> list[float]:
    attack = membership_attacks.build(name)
    observation = seen(attack, epochs=0)  # the verifier that is asked for labels: untrained
    if attack.access == "scores":  # drawn, so that no training rounds the answers
        drawn = np.random.default_rng(3).normal(in_mask() * 1.5, 1.0)
        said = 1 / (1 + np.exp(np.where(observation.same, -drawn, drawn)))
        answers = said.astype(np.float32)[:, :, None]
        shadows = answers[1:] if attack.shadowed else None
        observation = replace(observation, answers=answers[0], shadows=shadows)
    return summary(scores(attack, observation))


def _mitigated(name: str) -> list[float]:
    mitigation = membership_mitigations.build({"mitigation": name, **QUICK.get(name, {})})
    asked = task()
    verifiers = mitigation.verifiers(asked, mitigation.train(asked))
    answers = verifiers.answers(*pairs().sides(verifiers.user_backbones)).astype(np.float64)
    return summary(np.log(np.clip(answers, 1e-6, 1)) - np.log(np.clip(1 - answers, 1e-6, 1)))


def _predicted(name: str) -> list[float]:
    data, asked = pairs().data(), task()
    bank = small(name).fit(data, asked.rows, asked.seeds)
    return summary(bank.logits(data.embeddings[data.first], data.embeddings[data.second]))


def _embedded(name: str) -> list[float]:
    assert name in NAMES
    module = settled(name)
    with torch.no_grad():
        return summary(module(module.prepare(photos(module))).numpy())


def _drawn() -> Image.Image:
    ramp = np.linspace(0, 255, 96 * 80 * 3).reshape(96, 80, 3)
    return Image.fromarray(ramp.astype(np.uint8))


def _aligned(name: str) -> list[float]:
    return summary(aligners.build(name).frame(_drawn(), 0.8, (64, 48)).pixels)


def _loaded(name: str) -> list[float]:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        values = {"source": name, **_written(name, root)}
        faces = sources.build(values).load((64, 48), cache=root / "cache").faces
        return summary(faces.images) + summary(faces.identity)


def _written(name: str, root: Path) -> dict[str, Any]:
    """Write photos the way a source expects them, and return the options that find them."""
    if name == "synthetic":
        return {"people": 2, "photos": 3, "sessions": 1}
    photos = [_encoded(number) for number in range(4)]
    if name == "recordio":
        records = [recordio.packed(float(row // 2), photo) for row, photo in enumerate(photos)]
        return {"path": str(recordio.write(root, records)[0])}
    if name == "bin":
        return {"path": str(bins.bin_of(root / "pairs.bin", photos, [True, True]))}
    if name == "celeba":
        (root / "img_align_celeba").mkdir()
        for row, photo in enumerate(celeba.PERSON):
            (root / "img_align_celeba" / photo).write_bytes(celeba.photo_of(row))
        celeba.write(root)
        return {"path": str(root)}
    paths = {
        "folder": ("a/1.png", "a/2.png", "b/1.png", "b/2.png"),
        "listed": ("a/1.png", "a/2.png", "b/1.png", "b/2.png"),
        "lfw": ("A_B/A_B_0001.png", "A_B/A_B_0002.png", "C_D/C_D_0001.png", "C_D/C_D_0002.png"),
        "yaleb": (
            "yaleB01/yaleB01_P00A+000E+00.png",
            "yaleB01/yaleB01_P00A+035E-20.png",
            "yaleB02/yaleB02_P00A-025E+15.png",
            "yaleB02/yaleB02_P00_Ambient.png",
        ),
        "youtube_faces": ("a/0/0.1.png", "a/1/1.1.png", "b/0/0.1.png", "b/1/1.1.png"),
    }[name]
    for path, photo in zip(paths, photos, strict=True):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(photo)
    if name == "listed":
        lines = [f"{path} {path[0]}" for path in paths]
        (root / "list.txt").write_text("\n".join(lines), "utf-8")
        return {"path": str(root / "list.txt")}
    return {"path": str(root)}


def _encoded(number: int) -> bytes:
    out = io.BytesIO()
    _drawn().rotate(10 * number).save(out, "PNG")
    return out.getvalue()


if __name__ == "__main__":
    TABLE.write_text(json.dumps(table(), indent=1, sort_keys=True) + "\n", "utf-8")
    print(f"{TABLE}: {len(members())} components")  # noqa: T201
