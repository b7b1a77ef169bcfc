from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

from faceaudit.report.backdoor.attack_series import Series, arrange
from faceaudit.report.backdoor.success_chart import Mark, marks, success_chart
from faceaudit.report.backdoor.training_curves import TrainingCurve, accuracy_chart, loss_chart
from report.backdoor.samples import case
from report.backdoor.trained import series_of, trained


def sweep(*counts: int, **options: Any) -> Series:
    (series,) = arrange([case(samples=samples, **options) for samples in counts])
    return series


def drawn(series: Series, name: str = "c") -> str:
    svg = success_chart(series, name=name)
    assert svg is not None
    return str(svg)


def labels(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]+)</text>", svg)


def test_chart_takes_its_colours_from_the_page() -> None:
    svg = drawn(sweep(5, 57, 230))
    assert not re.search(r"#[0-9a-fA-F]{3,6}\b", re.sub(r"[\"(]#c-[^\")]+", "", svg))
    assert "var(--first)" in svg
    assert "var(--type)" in svg
    assert "DejaVu" not in svg
    assert "<style" not in svg


def test_chart_says_what_it_shows() -> None:
    svg = drawn(sweep(5, 57))
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    words = {one.get("id"): one.text or "" for one in root if one.tag in {"title", "desc"}}
    title, description = words[root.get("aria-labelledby")], words[root.get("aria-describedby")]
    assert title == "Success against number of poison samples: Blended injection, DeepID"
    assert "5 samples: 95.7 % (95 % interval 90.2" in description
    assert "), one training; 57 samples" in description


def test_chart_is_the_same_twice_and_its_ids_are_its_own() -> None:
    series = sweep(5, 57)
    assert drawn(series, "a") == drawn(series, "a")
    ids = [set(re.findall(r'id="([^"]+)"', drawn(series, n))) for n in "ab"]
    assert not ids[0] & ids[1]
    svg = drawn(series, "a")
    assert set(re.findall(r"[(\"]#([^)\"]+)", svg)) <= ids[0]


def test_axis_names_every_level_that_has_room() -> None:
    assert {"5", "57", "230"} <= set(labels(drawn(sweep(5, 57, 230))))
    crowded = labels(drawn(sweep(100, 101, 102, 1000)))
    assert "1,000" in crowded
    assert len({"100", "101", "102"} & set(crowded)) == 1


def test_a_logarithmic_axis_says_so() -> None:
    assert "Poison samples, logarithmic scale" in labels(drawn(sweep(10, 50)))
    assert "Poison samples" in labels(drawn(sweep(10, 49)))


def test_only_several_trainings_have_an_interval() -> None:
    series = series_of(
        trained(10, 57), trained(20, 0, 57, over=(0.5, 0.1, 0.9)), trained(57, 57, 57, 57)
    )
    once, twice, thrice = marks(series, "attack_success")
    assert once == Mark(10, 1.0, None, (1.0,))
    assert twice == Mark(20, 0.5, (0.1, 0.9), (0.0, 1.0))
    assert thrice.single == (1.0, 1.0, 1.0)
    assert thrice.interval is not None
    assert marks(series, "wrong_key_success")[0].interval is None
    assert marks(series, "absent") == ()


def test_one_training_is_drawn_without_an_upright_line() -> None:
    """Lines and marks are paths; one training has 1 line and 1 dot for each of three metrics."""
    once, twice = (drawn(series_of(trained(57, *[57] * n))) for n in (1, 2))
    assert once.count("var(--first)") < twice.count("var(--first)")
    upright = re.compile(r"M ([\d.]+) ([\d.]+) ?L \1 ([\d.]+)")

    def tall(svg: str) -> int:
        lines = upright.findall(" ".join(svg.split()))
        return sum(abs(float(low) - float(high)) > 4 for _, low, high in lines)

    assert tall(once) == 0
    assert tall(twice) == 3


def test_nothing_measured_draws_nothing() -> None:
    assert success_chart(sweep(57, success=None), name="c") is None
    (series,) = arrange([case(error="gone")])
    assert success_chart(series, name="c") is None


def test_unknown_levels_are_left_out_of_the_line() -> None:
    (series,) = arrange([case(samples=5), case(samples=57, success=None)])
    assert "57" not in labels(drawn(series))


def test_curves_with_gaps() -> None:
    curve = ({"epoch": 0, "train_loss": 2.0}, {"epoch": 1, "train_loss": 1.0})
    training = TrainingCurve("Pristine, seed 0", True, curve)
    assert training.row == ("Pristine, seed 0", "2", "1.000", "not recorded", "not recorded")
    assert "<svg" in loss_chart([training], name="l")
    assert "<svg" in accuracy_chart([training], name="a")
