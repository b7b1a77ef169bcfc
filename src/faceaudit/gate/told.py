"""What no list shows, taken from whoever measured or says it."""

from __future__ import annotations

from faceaudit.gate.checks import Check


def scored_apart(fitted_in_sample: bool | None, *, said: bool = False) -> Check:  # noqa: FBT001
    """Check that the attack was scored on records that it was not fitted on.

    Args:
        fitted_in_sample: whether it was scored on those that it was fitted on; None: not known.
        said: whether that is somebody's word; else it was measured.
    """
    messages = {
        None: "not told whether the attack was scored on the records that it was fitted on; say "
        "which (--fitted-in-sample or --no-fitted-in-sample)",
        True: "the attack was scored on the records that it was fitted on, which rewards what it "
        "learned by heart; fit it on others, or cross-fit it",
        False: "the attack was scored on records that it was not fitted on",
    }
    passed = None if fitted_in_sample is None else not fitted_in_sample
    return Check("scored apart", passed, messages[fitted_in_sample] + _word(passed, said))


def adaptive_attacker(adaptive: bool | None, *, said: bool = False) -> Check:  # noqa: FBT001
    """Check that an attacker who knows the mitigation was tried, too.

    Args:
        adaptive: whether one was tried; None: not known.
        said: whether that is somebody's word; else it was measured.
    """
    messages = {
        None: "not told whether an attacker who knows how the system is protected was tried, too; "
        "say which (--adaptive or --no-adaptive)",
        True: "an attacker who knows how the system is protected was tried, too",
        False: "no attacker was tried who knows how the system is protected; a protection that "
        "works only against those who do not know it is none",
    }
    return Check("adaptive attacker", adaptive, messages[adaptive] + _word(adaptive, said))


def _word(passed: bool | None, said: bool) -> str:  # noqa: FBT001 - two facts
    return " (as you say)" if said and passed else ""
