"""Metrics: pure functions from scores and labels to estimates with intervals."""

from faceaudit.metrics.clustered_share import clustered_share
from faceaudit.metrics.comparison import Compared, compare, compare_people
from faceaudit.metrics.confusion import Confusion, confusion
from faceaudit.metrics.curves import tied
from faceaudit.metrics.differences import newcombe, newcombe_paired
from faceaudit.metrics.distances import DISTANCES, Distance, normalized
from faceaudit.metrics.folds import CONVENTIONS, FoldAccuracy, k_fold_accuracy
from faceaudit.metrics.histogram import ScoreHistogram, curve_of
from faceaudit.metrics.identification import (
    Cmc,
    RankRate,
    TpirAtFpir,
    closed_set,
    cmc,
    mated_ranks,
    open_set,
)
from faceaudit.metrics.identification_accuracy import accuracy, attack_success
from faceaudit.metrics.intervals import clopper_pearson, wilson
from faceaudit.metrics.membership import (
    LEAST,
    TprAtFpr,
    balanced_accuracy,
    tpr_at_fpr,
)
from faceaudit.metrics.membership_auc import membership_auc
from faceaudit.metrics.operating_points import FMRS, OperatingPoint, operating_points
from faceaudit.metrics.risk import expected_count, lift, precision_at_prior
from faceaudit.metrics.roc import Roc, roc
from faceaudit.metrics.searches import Gallery, SearchResults, concatenate, search
from faceaudit.metrics.shares_over_trainings import (
    accuracy_over_trainings,
    share_over_keys,
    share_over_trainings,
)
from faceaudit.metrics.student_mean import student_mean
from faceaudit.metrics.tar_at_far import TarAtFar, tar_at_far, tar_at_far_of
from faceaudit.metrics.verification import (
    EqualErrors,
    ErrorRates,
    auc,
    eer,
    equal_errors_of,
    error_rates,
)

__all__ = [
    "CONVENTIONS",
    "DISTANCES",
    "FMRS",
    "LEAST",
    "Cmc",
    "Compared",
    "Confusion",
    "Distance",
    "EqualErrors",
    "ErrorRates",
    "FoldAccuracy",
    "Gallery",
    "OperatingPoint",
    "RankRate",
    "Roc",
    "ScoreHistogram",
    "SearchResults",
    "TarAtFar",
    "TpirAtFpir",
    "TprAtFpr",
    "accuracy",
    "accuracy_over_trainings",
    "attack_success",
    "auc",
    "balanced_accuracy",
    "clopper_pearson",
    "closed_set",
    "clustered_share",
    "cmc",
    "compare",
    "compare_people",
    "concatenate",
    "confusion",
    "curve_of",
    "eer",
    "equal_errors_of",
    "error_rates",
    "expected_count",
    "k_fold_accuracy",
    "lift",
    "mated_ranks",
    "membership_auc",
    "newcombe",
    "newcombe_paired",
    "normalized",
    "open_set",
    "operating_points",
    "precision_at_prior",
    "roc",
    "search",
    "share_over_keys",
    "share_over_trainings",
    "student_mean",
    "tar_at_far",
    "tar_at_far_of",
    "tied",
    "tpr_at_fpr",
    "wilson",
]
