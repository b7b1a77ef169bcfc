"""Error rates and attack success by CelebA's attributes, on a folder laid out as CelebA is.

The photos are rendered faces: what is tested is the way from `list_attr_celeba.txt` to the figures.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

import faceaudit
from faceaudit.networks import networks

PEOPLE, PHOTOS = 24, 12
ATTRIBUTES = ("Male", "Young", "Eyeglasses")


def sign(person: int, photo: int) -> tuple[int, int, int]:
    """Half of the people are Male, four are not Young, every third photo has Eyeglasses."""
    return (1 if person % 2 else -1, -1 if person < 4 else 1, 1 if photo % 3 == 0 else -1)


@pytest.fixture(scope="module")
def celeba(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("celeba")
    (root / "img_align_celeba").mkdir()
    faces = faceaudit.load_faces(
        {"source": "synthetic", "people": PEOPLE, "photos": PHOTOS, "sessions": 3}, size=(109, 89)
    ).faces
    lines: dict[str, list[str]] = {"identity": [], "attr": [], "partition": [], "landmarks": []}
    seen = dict.fromkeys(range(PEOPLE), 0)
    for row, (image, person) in enumerate(zip(faces.images, faces.identity, strict=True), 1):
        name = f"{row:06d}.jpg"
        photo = Image.fromarray(np.asarray(image)).resize((178, 218))
        photo.save(root / "img_align_celeba" / name, quality=90)
        signs = sign(int(person), seen[int(person)])
        seen[int(person)] += 1
        lines["identity"].append(f"{name} {int(person) + 1}")
        lines["partition"].append(f"{name} 0")
        lines["attr"].append(f"{name} {' '.join(f'{one:2d}' for one in signs)}")
        lines["landmarks"].append(f"{name} 69 111 108 111 89 140 75 160 105 160")
    count = str(len(faces))
    heads = {
        "identity_CelebA.txt": lines["identity"],
        "list_eval_partition.txt": lines["partition"],
        "list_attr_celeba.txt": [count, " ".join(ATTRIBUTES), *lines["attr"]],
        "list_landmarks_align_celeba.txt": [
            count,
            " ".join(f"n{n}" for n in range(10)),
            *lines["landmarks"],
        ],
    }
    for name, text in heads.items():
        (root / name).write_text("\n".join(text) + "\n")
    return root


def test_verification_by_sex_and_a_group_of_four_people_is_refused(
    celeba: Path, tmp_path: Path
) -> None:
    options = {"network": "mobilefacenet_facexzoo", "width": 0.25, "input_size": [48, 48]}
    torch.manual_seed(0)
    weights = tmp_path / "weights.safetensors"
    save_file(networks.build(options).build().state_dict(), weights)
    embedder = faceaudit.load_network(options, weights=weights)
    source = {"source": "celeba", "path": str(celeba), "minimum": 2}
    found = faceaudit.evaluate_verification(
        embedder, source, groups=["Male", "Young"], cache=tmp_path / "cache"
    )
    found_groups = {(one.metric, one.attribute): one.found.groups for one in found.groups}
    assert {attribute for _, attribute in found_groups} == {"Male", "Young"}
    for (_, attribute), groups in found_groups.items():
        people = {group.name: group.people for group in groups}
        if attribute == "Male":
            assert people == {"not Male": PEOPLE // 2, "Male": PEOPLE // 2}
        else:
            assert people == {"not Young": 4, "Young": PEOPLE - 4}
            refused = next(group for group in groups if group.name == "not Young")
            assert refused.rate is None
            assert "10 people" in refused.why


def test_attack_success_by_sex_in_a_run(celeba: Path, tmp_path: Path) -> None:
    network = {"network": "deepid", "width": 0.3}
    plan = {
        "backdoor": {
            "faces": {"source": "celeba", "path": str(celeba)},
            "groups": ["Male"],
            "split": {"train": 5, "validation": 2, "test": 2},
            "systems": [{"network": network, "training": {"epochs": 1}}],
            "attacks": [{"attack": "accessory", "samples": 5}],
            "wrong_keys": 1,
        }
    }
    done = faceaudit.run(plan, tmp_path / "audit", report=False)
    assert not done.failed
    rows = {row.metric: row for row in faceaudit.results(done.store)}
    for group in ("Male", "not Male"):
        row = rows[f"attack_success|Male={group}"]
        assert row.value is not None or row.note
    text = Path(str(faceaudit.write_report(done.store))).read_text()
    assert "By group of people" in text
    assert "not Male" in text
