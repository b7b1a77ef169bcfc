"""A classifier that learns what a verifier says about members: FaceBone's attack, made sound."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from faceaudit.attacks.membership.base import (
    Learned,
    LearningMembershipAttack,
    Observation,
    membership_attacks,
)
from faceaudit.attacks.membership.common.classifier import (
    Model,
    at_even_odds,
    drawn_seed,
    learned,
    share_of,
)
from faceaudit.errors import OptionError
from faceaudit.types import BoolArray, Float64Array, FloatArray


@membership_attacks.register
class BlackBox(LearningMembershipAttack):
    """Learns to tell members from the verifier's answers and the true label.

    The features are the answers in all C ways of asking and the label one-hot (two people, one
    person), standardised; the classifiers have scikit-learn's defaults. They are those of the
    Adversarial Robustness Toolbox (ART), whose attack FaceBone used, so that the same records give
    the same scores up to ties between equally good splits. Unlike there, a pair is scored by what
    was learned from other people's pairs, and probabilities are brought to even odds, which
    changes nothing where members are half of those learned from. In sample, both are left as
    FaceBone had them.
    """

    name: ClassVar[str] = "black_box"
    paper: ClassVar[str] = (
        "Shokri, Stronati, Song, Shmatikov 2017, S&P, arXiv 1610.05820, with one classifier for "
        "all labels as ART's MembershipInferenceBlackBox has it (Nicolae et al. 2018, arXiv "
        "1807.01069)"
    )
    model: Model = Field(
        "gb",
        description="gradient boosting, or logistic regression, which weighs answer and label "
        "apart and so is blind to how right an answer is",
    )
    engine: Literal["own", "art"] = Field(
        "own", description="who runs it; art needs `pip install faceaudit[art]`"
    )

    def learn(self, seen: Observation, member: BoolArray, rng: np.random.Generator) -> Learned:
        """Return what gives the probability that pairs are members.

        Raises:
            InputError: only members to learn from, or none.
            OptionError: the engine is not installed.
        """
        even = not self.in_sample
        if self.engine == "art":
            return _Art(seen, member, self.model, rng, even=even)
        scores = learned(features_of(seen), member, self.model, rng, even=even)
        return lambda others: scores(features_of(others))


def features_of(seen: Observation) -> FloatArray:
    """Return (N, C + 2) answers, and the label one-hot: two people, one person."""
    label = np.stack([~seen.same, seen.same], axis=1)
    return np.concatenate([seen.answers, label], axis=1, dtype=np.float32)


class _Art:
    """ART's attack; each way of asking becomes two columns, the chances of two people and one."""

    def __init__(
        self,
        seen: Observation,
        member: BoolArray,
        model: Model,
        rng: np.random.Generator,
        *,
        even: bool,
    ) -> None:
        attack, classifier = _imported()
        self._share = share_of(member) if even else 0.5
        # ART asks for an estimator though it is handed the predictions.
        estimator = classifier(lambda x: x, input_shape=(2,), nb_classes=2)
        self._attack = attack(estimator, input_type="prediction", attack_model_type=model)
        self._attack.attack_model.set_params(random_state=drawn_seed(rng))
        inside, outside = (seen.take(np.flatnonzero(kind)) for kind in (member, ~member))
        self._attack.fit(
            y=inside.same.astype(np.int64),
            test_y=outside.same.astype(np.int64),
            pred=_columns(inside.answers),
            test_pred=_columns(outside.answers),
        )

    def __call__(self, seen: Observation) -> Float64Array:
        chances = self._attack.infer(
            None, seen.same.astype(np.int64), pred=_columns(seen.answers), probabilities=True
        )
        return at_even_odds(np.asarray(chances, dtype=np.float64)[:, 0], self._share)


def _columns(answers: FloatArray) -> FloatArray:
    return np.stack([1 - answers, answers], axis=2).reshape(len(answers), -1)


def _imported() -> tuple[Any, Any]:
    try:
        from art.attacks.inference.membership_inference import (  # noqa: PLC0415 - an extra
            MembershipInferenceBlackBox,
        )
        from art.estimators.classification import BlackBoxClassifier  # noqa: PLC0415
    except ImportError as error:
        raise OptionError(
            "expected ART for engine 'art', got no such package; try `pip install faceaudit[art]`,"
            " or engine 'own'"
        ) from error
    return MembershipInferenceBlackBox, BlackBoxClassifier
