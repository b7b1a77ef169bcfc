"""`draft_plan`: photos of one's own to a plan that runs to its end."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import faceaudit
from faceaudit import OptionError, SplitError
from faceaudit.api.init import draft_plan


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of noise: five people with twelve photos each."""
    monkeypatch.setenv("FACEAUDIT_CACHE", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    for person in range(5):
        (tmp_path / "photos" / f"person {person}").mkdir(parents=True)
        for photo in range(12):
            pixels = rng.integers(256, size=(60, 60, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / f"photos/person {person}/{photo}.png")
    return tmp_path / "photos"


def test_a_draft_is_a_plan_and_a_file(photos: Path, tmp_path: Path) -> None:
    drafted = draft_plan(photos, title="Our people", seeds=2)
    assert drafted.plan.title == "Our people"
    assert drafted.plan.seeds == (0, 1)
    assert drafted.forecast is None
    checked = faceaudit.check(drafted.plan)
    assert (checked.obstacles, checked.cost.people, checked.cost.photos) == ((), 5, 60)
    assert "no face is looked for" in checked.remarks[0]
    file = drafted.save(tmp_path / "new" / "plan.yaml")
    assert faceaudit.load_plan(file) == drafted.plan
    with pytest.raises(OptionError, match="which is there"):
        drafted.save(file)
    assert drafted.save(file, replace_file=True) == file


def test_what_the_draft_allows_and_what_more_is_refused(photos: Path) -> None:
    """One sample more than the donors there are is refused: the draft keeps a fifth for losses."""
    drafted = draft_plan({"source": "folder", "path": str(photos)}, seeds=1)
    section = drafted.plan.section("backdoor")
    (blended,) = [one.attack for one in section.attacks if one.attack.name == "blended"]
    split = section.split
    donors = 4 * (12 - split.train - split.validation - split.test)
    assert blended.samples + blended.instances <= 0.8 * donors
    place = [one.attack.name for one in section.attacks].index("blended")
    for samples, there in (
        (donors - blended.instances, True),
        (donors - blended.instances + 1, False),
    ):
        changed = [
            f"backdoor.attacks.{place}.samples={samples}",
            f"backdoor.attacks.{place}.sweep=[]",
        ]
        assert (faceaudit.check(drafted.plan, overrides=changed).obstacles == ()) is there


def test_too_few_photos_and_bad_counts_are_refused(photos: Path) -> None:
    for person in (2, 3, 4):
        shutil.rmtree(photos / f"person {person}")
    with pytest.raises(SplitError, match="3 people with 4 photos each"):
        draft_plan(photos)
    with pytest.raises(faceaudit.InputError, match="number of seeds"):
        draft_plan(photos, seeds=0)


@pytest.mark.slow
@pytest.mark.realdata
def test_six_people_with_eight_photos_are_audited_to_the_end(
    real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEAUDIT_CACHE", str(tmp_path / "cache"))
    found = 0
    for person in sorted((real_data / "lfw/images").iterdir()):
        files = sorted(person.iterdir())
        if len(files) >= 8 and found < 6:
            found += 1
            (tmp_path / "photos" / person.name).mkdir(parents=True)
            for file in files[:8]:
                shutil.copy(file, tmp_path / "photos" / person.name)
    drafted = draft_plan(
        tmp_path / "photos",
        detector=real_data / "weights/yunet_n_dynamic.onnx",
        weights=real_data / "weights/mobilefacenet_ms1m_y1.safetensors",
    )
    names = [one.attack.name for one in drafted.plan.section("backdoor").attacks]
    assert names == ["input_instance", "blended", "accessory", "blended_accessory"]
    done = faceaudit.run(drafted.plan, tmp_path / "audit")
    assert done.failed == ()
    assert {record.facts["people"] for record in done.store.cases()} == {6}
    assert {record.facts["source"] for record in done.store.cases()} == {"folder"}
    assert done.report is not None
    assert "synthetic" not in done.report.read_text("utf-8").casefold()
    assert faceaudit.check(drafted.plan, store=done.store).kept == done.ran
