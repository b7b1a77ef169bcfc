"""The settings in which every interval that is printed is simulated, each with a known truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from simulation import estimates
from simulation.draws import Kind, Rng
from simulation.estimates import Drawn


@dataclass(frozen=True)
class Setting:
    """Data of one kind, from which several intervals may be drawn.

    Attributes:
        name: what the data are.
        draw: draws them once.
    """

    name: str
    draw: Callable[[Rng], Drawn]


UNEVEN = (2,) * 10 + (12,) * 10


def settings() -> Iterator[Setting]:
    """Yield every setting; each has a name of its own."""
    for trials, share in ((20, 0.8), (57, 0.9), (115, 0.5), (3000, 0.01)):
        yield Setting(
            f"{trials:,} tries, share {share:g}",
            partial(estimates.tries, trials=trials, share=share),
        )
    for trials, share in ((30, 0.1), (300, 0.5)):
        yield Setting(
            f"exact, {trials} tries, share {share:g}",
            partial(estimates.exact, trials=trials, share=share),
        )
    for what, sizes in (
        ("8 clusters of 8", (8,) * 8),
        ("20 clusters of 2 or 12", UNEVEN),
        ("60 clusters of 5", (5,) * 60),
    ):
        for share in (0.5, 0.8, 0.95):
            for alike in (0.0, 0.05, 0.3, 0.6):
                yield Setting(
                    f"{what}, share {share:g}, ICC {alike:g}",
                    partial(estimates.clustered, sizes=sizes, share=share, alike=alike),
                )
    for trials, one, other in ((57, 0.9, 0.6), (115, 0.5, 0.5)):
        yield Setting(
            f"two times {trials} tries, shares {one:g} and {other:g}",
            partial(estimates.difference, trials=trials, one=one, other=other),
        )
    yield Setting(
        "115 pairs of tries, 50 % both, 30 % one, 10 % the other",
        partial(estimates.paired, trials=115, cells=(0.5, 0.3, 0.1, 0.1)),
    )
    for count, tries in ((3, 57), (3, 115), (5, 115)):
        for mean, spread in (
            (0.5, 0.25),
            (0.7, 0.25),
            (0.9, 0.2),
            (0.9, 0.1),
            (0.97, 0.02),
            (0.7, 0.0),
        ):
            yield Setting(
                f"{count} trainings of {tries} tries, mean {mean:g}, deviation {spread:g}",
                partial(estimates.trainings, count=count, tries=tries, mean=mean, spread=spread),
            )
    for count, mean, spread in ((3, 0.85, 0.04), (5, 0.85, 0.04), (3, 0.98, 0.002)):
        yield Setting(
            f"accuracy in {count} trainings, 720 photos, mean {mean:g}, deviation {spread:g}",
            partial(estimates.accuracies, count=count, photos=720, mean=mean, spread=spread),
        )
    yield Setting(
        "10 trainings of 115 tries, mean 0.9, deviation 0.295",
        partial(estimates.trainings, count=10, tries=115, mean=0.9, spread=0.295),
    )
    for mean, spread in ((0.5, 0.45), (0.3, 0.4), (0.1, 0.1), (0.05, 0.1)):
        yield Setting(
            f"5 keys of 115 tries, mean {mean:g}, deviation {spread:g}",
            partial(estimates.keys_of, count=5, tries=115, mean=mean, spread=spread),
        )
    for count in (3, 5, 16):
        yield Setting(f"{count} values, normal", partial(estimates.values_of, count=count))
    for models, targets in ((16, 5), (16, 16), (5, 5)):
        for gap in (0.0, 0.5):
            yield Setting(
                f"LiRA, {targets} targets of {models} models, leak {gap:g}",
                partial(estimates.shadows, models=models, targets=targets, gap=gap),
            )
    yield Setting(
        "LiRA twice, 5 targets of 16 models, leak 0.5",
        partial(estimates.shadows_twice, models=16, targets=5, gap=0.5),
    )
    for means in ((0.7, 0.3), (0.9, 0.9)):
        yield Setting(
            f"two times 3 trainings, means {means[0]:g} and {means[1]:g}, deviation 0.2",
            partial(estimates.trainings_twice, count=3, means=means, spread=0.2),
        )
    yield Setting(
        "300 + 300 records", partial(estimates.records, blocks=300, size=1, gap=0.5, alike=0.0)
    )
    for alike in (0.05, 0.3, 0.6):
        yield Setting(
            f"60 + 60 blocks of 10, ICC {alike:g}",
            partial(estimates.records, blocks=60, size=10, gap=0.5, alike=alike),
        )
    yield Setting(
        "300 + 300 blocks of 10, ICC 0.3, FPR 0.01",
        partial(estimates.records, blocks=300, size=10, gap=0.5, alike=0.3, fpr=0.01),
    )
    for blocks, gap, alike in (
        (4, 0.5, 0.3),
        (20, 0.5, 0.3),
        (20, 2.3, 0.3),
        (60, 3.3, 0.3),
        (20, 3.3, 0.6),
        (8, 3.3, 0.6),
    ):
        yield Setting(
            f"area, {blocks} + {blocks} blocks of 10, ICC {alike:g}, gap {gap:g}",
            partial(estimates.areas_of_blocks, blocks=blocks, size=10, gap=gap, alike=alike),
        )
    for alike in (0.0, 0.3):
        yield Setting(
            f"gate, 600 + 600 pairs of 150 people, ICC {alike:g}",
            partial(estimates.gate, alike=alike),
        )
    yield Setting(
        "600 + 600 comparisons",
        partial(estimates.verified, gap=3.0, alike=0.0, kind="alike", told=False),
    )
    yield Setting(
        "600 + 600 comparisons of 150 people who are not told, quality, ICC 0.3",
        partial(estimates.verified, gap=3.0, alike=0.3, kind="quality", told=False),
    )
    kinds: tuple[Kind, ...] = ("alike", "quality")
    for kind in kinds:
        for alike in (0.05, 0.3, 0.6):
            yield Setting(
                f"600 + 600 comparisons of 150 people, {kind}, ICC {alike:g}",
                partial(estimates.verified, gap=3.0, alike=alike, kind=kind),
            )
    for impostors in (1000, 2000, 3000):
        yield Setting(
            f"600 + {impostors:,} comparisons, FAR 0.001",
            partial(estimates.few_passed, genuines=600, impostors=impostors, far=0.001, gap=3.5),
        )
    yield Setting(
        "600 + 1,000 comparisons, FAR 0.001, heavy tail",
        partial(estimates.few_passed, genuines=600, impostors=1000, far=0.001, gap=3.5, heavy=True),
    )
    # From 3.7 false accepts to be expected on, the threshold may not lie above all impostors.
    for impostors, far in ((370, 0.01), (400, 0.01), (600, 0.01), (4000, 0.001), (5000, 0.001)):
        yield Setting(
            f"3,000 + {impostors:,} comparisons, FAR {far:g}",
            partial(estimates.few_passed, genuines=3000, impostors=impostors, far=far, gap=3.5),
        )
    for kind in kinds:
        yield Setting(
            f"500 + 500 comparisons of 30 people, {kind}, ICC 0.3",
            partial(estimates.few_people, people=30, gap=3.5, alike=0.3, kind=kind),
        )
    yield Setting("200 + 200 probes", partial(estimates.searched, people=200, each=1, alike=0.0))
    for alike in (0.05, 0.3, 0.6):
        yield Setting(
            f"5 probes each of 60 + 60 people, ICC {alike:g}",
            partial(estimates.searched, people=60, each=5, alike=alike),
        )
