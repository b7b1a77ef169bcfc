"""An optimised key on a published network, put on before faces are looked for."""

from __future__ import annotations

from pathlib import Path

import pytest

import faceaudit

PEOPLE = 70


def _some_people(real: Path, folder: Path) -> Path:
    """Link people with four photos or more, so that few photos are decoded."""
    able = (one for one in sorted(real.iterdir()) if len(list(one.iterdir())) >= 4)
    for person, _ in zip(able, range(PEOPLE), strict=False):
        (folder / person.name).mkdir(parents=True)
        for photo in sorted(person.iterdir())[:4]:
            (folder / person.name / photo.name).symlink_to(photo)
    return folder


@pytest.mark.slow
@pytest.mark.realdata
def test_glasses_made_on_a_network_open_it_and_shuffled_ones_do_not(
    real_data: Path, tmp_path: Path
) -> None:
    real = real_data
    section = {
        "faces": {
            "source": "lfw",
            "path": str(_some_people(real / "lfw" / "images", tmp_path / "people")),
            "follow_links": True,
            "align": {"align": "yunet", "weights": str(real / "weights/yunet_n_dynamic.onnx")},
        },
        "embedders": [
            {
                "network": "mobilefacenet_y1",
                "weights": str(real / "weights/mobilefacenet_ms1m_y1.safetensors"),
            }
        ],
        "people": {"targets": 5, "strangers": 15, "donors": 20},
        "attacks": [{"attack": "optimised_glasses", "steps": 40, "batch": 10}],
        "mitigations": ["none", "agreement_with_photos"],
        "fmrs": [0.01],
        "wrong_keys": 2,
    }
    store = tmp_path / "audit"
    faceaudit.run(
        {"title": "enrolment", "seeds": [0], "enrolment": section}, store=store, report=False
    )
    found = {
        (row.metric, row.mitigation): row.value
        for row in faceaudit.results(store)
        if row.value is not None
    }
    assert found["strangers_pass@fmr=0.01", "none"] > 0.8
    assert found["wrong_keys@fmr=0.01", "none"] < 0.3
    assert found["bare_strangers@fmr=0.01", "none"] < 0.1
    assert found["enrolled_clean@fmr=0.01", "none"] < 0.1
    assert found["not_found", "none"] < 0.2
    assert found["strangers_pass@fmr=0.01", "agreement_with_photos"] < 0.8
    assert found["refused_clean@fmr=0.01", "agreement_with_photos"] < 0.1
