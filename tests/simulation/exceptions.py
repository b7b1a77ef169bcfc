"""Intervals that hold more, or less, than 93 to 97 % somewhere, and why."""

from __future__ import annotations

_COMPARED = "600 + 600 comparisons of 150 people"
_INDEPENDENT = "never narrower than that of independent ones"
_NOT_TOLD = "taken as independent, and they are not"
_RARE = "few clusters have any miss: few outcomes differ"
_MOST = "most trainings give all: few outcomes differ"
_APART = "so few trainings that do not differ look like some that do"
_FIXED = "the list has as many pairs of either kind each time"
_EXACT = "exact: 95 % at the worst share"
_WHOLE = "a threshold lies between whole counts of few scores"
_FEW = "three values say little of their spread"
_ALL = "five keys, each for nearly all or nearly nobody"

EXCEPTIONS: dict[tuple[str, str], tuple[str, str]] = {
    (
        "accuracy_over_trainings",
        "accuracy in 3 trainings, 720 photos, mean 0.98, deviation 0.002",
    ): (
        "more",
        "never narrower than that of one training",
    ),
    ("clopper_pearson", "exact, 30 tries, share 0.1"): ("more", _EXACT),
    **{
        ("clustered_share", setting): ("more", reason)
        for setting, reason in {
            "8 clusters of 8, share 0.5, ICC 0": _INDEPENDENT,
            "8 clusters of 8, share 0.5, ICC 0.05": _INDEPENDENT,
            "8 clusters of 8, share 0.8, ICC 0": _INDEPENDENT,
            "8 clusters of 8, share 0.8, ICC 0.05": _INDEPENDENT,
            "8 clusters of 8, share 0.8, ICC 0.6": _RARE,
            "20 clusters of 2 or 12, share 0.5, ICC 0": _INDEPENDENT,
            "20 clusters of 2 or 12, share 0.8, ICC 0": _INDEPENDENT,
            "20 clusters of 2 or 12, share 0.8, ICC 0.05": _INDEPENDENT,
            "20 clusters of 2 or 12, share 0.95, ICC 0": _INDEPENDENT,
            "20 clusters of 2 or 12, share 0.95, ICC 0.05": _RARE,
            "20 clusters of 2 or 12, share 0.95, ICC 0.3": _RARE,
            "20 clusters of 2 or 12, share 0.95, ICC 0.6": _RARE,
            "60 clusters of 5, share 0.95, ICC 0": _INDEPENDENT,
        }.items()
    },
    **{
        ("share_over_trainings", setting): ("more", reason)
        for setting, reason in {
            "3 trainings of 57 tries, mean 0.7, deviation 0": _APART,
            "3 trainings of 115 tries, mean 0.7, deviation 0": _APART,
            "5 trainings of 115 tries, mean 0.7, deviation 0": _APART,
            "3 trainings of 57 tries, mean 0.9, deviation 0.2": _MOST,
            "3 trainings of 115 tries, mean 0.9, deviation 0.2": _MOST,
            "5 trainings of 115 tries, mean 0.9, deviation 0.2": _MOST,
            "3 trainings of 115 tries, mean 0.97, deviation 0.02": _APART,
            "5 trainings of 115 tries, mean 0.97, deviation 0.02": _APART,
        }.items()
    },
    ("share_over_trainings", "3 trainings of 57 tries, mean 0.7, deviation 0.25"): ("less", _FEW),
    ("share_over_trainings", "10 trainings of 115 tries, mean 0.9, deviation 0.295"): (
        "less",
        "each all or nothing, and ten that all open say too much",
    ),
    ("tar_at_far", "600 + 1,000 comparisons, FAR 0.001, heavy tail"): (
        "less",
        "one impostor passes, and the tail is heavier than exponential",
    ),
    **{
        (interval, f"{_COMPARED} who are not told, quality, ICC 0.3"): ("less", _NOT_TOLD)
        for interval in (
            "auc",
            "eer",
            "error_rates, fmr",
            "error_rates, fnmr",
            "tar_at_far",
            "tar_at_far, realised",
            "k_fold_accuracy, pooled",
            "confusion, precision",
            "confusion, f1",
        )
    },
    ("share_over_keys", "5 keys of 115 tries, mean 0.5, deviation 0.45"): ("less", _ALL),
    **{
        ("tar_at_far", setting): ("more", _WHOLE)
        for setting in (
            f"{_COMPARED}, alike, ICC 0.05",
            f"{_COMPARED}, alike, ICC 0.3",
            f"{_COMPARED}, quality, ICC 0.05",
            f"{_COMPARED}, quality, ICC 0.3",
            "3,000 + 600 comparisons, FAR 0.01",
            "3,000 + 5,000 comparisons, FAR 0.001",
            "500 + 500 comparisons of 30 people, alike, ICC 0.3",
        )
    },
    ("tpr_at_fpr", "300 + 300 records"): ("more", _WHOLE),
    ("tpr_at_fpr", "60 + 60 blocks of 10, ICC 0.6"): ("more", _WHOLE),
    ("tpr_at_fpr", "60 + 60 blocks of 10, ICC 0.05"): ("more", _INDEPENDENT),
    ("tpr_at_fpr", "60 + 60 blocks of 10, ICC 0.3"): ("more", _INDEPENDENT),
    ("tpr_at_fpr", "300 + 300 blocks of 10, ICC 0.3, FPR 0.01"): ("more", _INDEPENDENT),
    ("tpr_at_fpr, realised", "60 + 60 blocks of 10, ICC 0.05"): ("more", _INDEPENDENT),
    ("open_set", "5 probes each of 60 + 60 people, ICC 0.05"): ("more", _INDEPENDENT),
    ("open_set, realised", "5 probes each of 60 + 60 people, ICC 0.05"): ("more", _INDEPENDENT),
    ("eer", f"{_COMPARED}, alike, ICC 0.05"): ("more", _INDEPENDENT),
    ("tar_at_far, realised", f"{_COMPARED}, alike, ICC 0.05"): ("more", _INDEPENDENT),
    ("confusion, f1", f"{_COMPARED}, alike, ICC 0.05"): ("more", _FIXED),
    ("confusion, precision", f"{_COMPARED}, alike, ICC 0.05"): ("more", _FIXED),
    ("confusion, precision", f"{_COMPARED}, quality, ICC 0.05"): ("more", _FIXED),
}


def exception_of(interval: str, setting: str) -> tuple[str, str]:
    """Return "more" or "less", and why; both empty where an interval is to hold 93 to 97 %."""
    return EXCEPTIONS.get((interval, setting), ("", ""))
