"""A classifier of the verifier's answers, learned from known members: FaceBone's attack."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from faceaudit.attacks.membership.base import (
    Learned,
    LearningMembershipAttack,
    Observation,
    checked_answers,
    membership_attacks,
)
from faceaudit.attacks.membership.common.classifier import (
    Model,
    at_even_odds,
    draw_seed,
    fit_classifier,
    member_share,
)
from faceaudit.errors import OptionError
from faceaudit.types import BoolArray, Float64Array, FloatArray


@membership_attacks.register
class BlackBox(LearningMembershipAttack):
    """Learns to tell members by the verifier's answers and the true label.

    The features are the answers through all C channels and the label one-hot (two people, one
    person), standardised; the classifiers have scikit-learn's defaults. They are those of the
    Adversarial Robustness Toolbox (ART), whose attack FaceBone used, so that the same pairs give
    the same scores up to ties between equally good splits. Unlike there, a pair is scored by a
    classifier learned from other people's pairs, and probabilities are brought to even odds, which
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
        "separately and so is blind to how right an answer is",
    )
    engine: Literal["own", "art"] = Field(
        "own", description="the implementation; art needs `pip install faceaudit[art]`"
    )

    def learn(
        self, observation: Observation, member: BoolArray, rng: np.random.Generator
    ) -> Learned:
        """Return a function that gives the probability that pairs are members.

        Raises:
            InputError: only members to learn from, or none.
            OptionError: the engine is not installed.
        """
        even = not self.in_sample
        if self.engine == "art":
            return _ArtAttack(observation, member, self.model, rng, even=even)
        scores = fit_classifier(features_of(observation), member, self.model, rng, even=even)
        return lambda scored: scores(features_of(scored))


def features_of(observation: Observation) -> FloatArray:
    """Return (N, C + 2) features: the answers, and the label one-hot (two people, one person)."""
    label = np.stack([~observation.same, observation.same], axis=1)
    return np.concatenate([checked_answers(observation.answers), label], axis=1, dtype=np.float32)


class _ArtAttack:
    """ART's attack; each answer becomes two columns, the probabilities of two people and one."""

    def __init__(
        self,
        observation: Observation,
        member: BoolArray,
        model: Model,
        rng: np.random.Generator,
        *,
        even: bool,
    ) -> None:
        attack, classifier = _import_art()
        self._share = member_share(member) if even else 0.5
        # ART asks for an estimator though it is handed the predictions.
        estimator = classifier(lambda x: x, input_shape=(2,), nb_classes=2)
        self._attack = attack(estimator, input_type="prediction", attack_model_type=model)
        self._attack.attack_model.set_params(random_state=draw_seed(rng))
        members, nonmembers = (
            observation.take(np.flatnonzero(chosen)) for chosen in (member, ~member)
        )
        self._attack.fit(
            y=members.same.astype(np.int64),
            test_y=nonmembers.same.astype(np.int64),
            pred=_columns(checked_answers(members.answers)),
            test_pred=_columns(checked_answers(nonmembers.answers)),
        )

    def __call__(self, observation: Observation) -> Float64Array:
        probabilities = self._attack.infer(
            None,
            observation.same.astype(np.int64),
            pred=_columns(observation.answers),
            probabilities=True,
        )
        return at_even_odds(np.asarray(probabilities, dtype=np.float64)[:, 0], self._share)


def _columns(answers: FloatArray) -> FloatArray:
    return np.stack([1 - answers, answers], axis=2).reshape(len(answers), -1)


def _import_art() -> tuple[Any, Any]:
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
