"""What is said of all attacks together: alike ones in one line, each verdict by its own rule."""

from __future__ import annotations

import pytest

from faceaudit.report.backdoor.attack_series import Series, arrange
from faceaudit.report.backdoor.questions import MOST, Question, questions
from faceaudit.report.numbers import SPACE
from report.backdoor.samples import case
from report.backdoor.trained import Ends, series_of, trained

HIGH: Ends = (0.97, 0.92, 1.0)
OPEN: Ends = (0.93, 0.7, 1.0)
LOW: Ends = (0.4, 0.2, 0.6)


def asked(words: str, *series: Series) -> Question:
    return next(each for each in questions(series) if each.words.startswith(words))


def verdicts(words: str, *series: Series) -> dict[str, list[str]]:
    """Return each verdict and what was measured of the attacks that it holds for."""
    return {
        answer.verdict: [attack.figure.replace(SPACE, " ") for attack in answer.attacks]
        for answer in asked(words, *series).answers
    }


def one(**options: object) -> Series:
    (series,) = arrange([case(**options)])  # type: ignore[arg-type]
    return series


def thrice(over: Ends, null: Ends = (0.0, 0.0, 0.06)) -> Series:
    return series_of(trained(57, *[round(over[0] * 57)] * 3, over=over, null_over=null))


def test_attacks_of_which_the_same_is_true_are_one_line() -> None:
    series = arrange(
        [
            case(key="a", success=(110, 115)),
            case(key="b", success=(112, 115)),
            case(key="c", success=(1, 115), null=(1, 115)),
        ]
    )
    first, second = asked("Does it", *series).answers
    assert first.verdict == "Works in the one training that was run"
    assert [attack.title for attack in first.attacks] == [
        "Blended injection (key a)",
        "Blended injection (key b)",
    ]
    assert first.attacks[0].anchor == series[0].anchor != series[1].anchor
    assert second.verdict == "Not shown to work"
    assert [attack.title for attack in second.attacks] == ["Blended injection (key c)"]


def test_the_network_is_named_where_there_are_several() -> None:
    series = arrange([case(), case(network="vggface")])
    (answer,) = asked("Does it", *series).answers
    assert [attack.title for attack in answer.attacks] == [
        "Blended injection on DeepID",
        "Blended injection on VGG-Face",
    ]


def test_beyond_so_many_attacks_the_rest_is_counted() -> None:
    assert MOST == 8, "a line of more is not read"
    series = arrange([case(key=f"key-{n}") for n in range(MOST + 3)])
    (answer,) = asked("Does it", *series).answers
    assert (len(answer.attacks), answer.more) == (MOST, "3 more")
    (answer,) = asked("Does it", *series[:MOST]).answers
    assert answer.more == ""


def test_whether_it_works() -> None:
    said = "Does it"
    assert verdicts(said, thrice(HIGH)) == {"The poison works": ["97.0 %"]}
    touching = thrice(OPEN, (0.1, 0.0, 0.7))  # the null reaches up to where success begins
    assert verdicts(said, touching) == {
        "Works in each of 3 trainings, with no verdict over them": ["93.0 %"]
    }
    some = series_of(trained(57, 57, 0, 57, over=(0.667, 0.0, 1.0)))
    assert list(verdicts(said, some)) == [
        "Works in some of the trainings, and was not shown to over them"
    ]
    assert verdicts(said, one(null=None)) == {
        "Nothing to compare with: without poison it was not measured": ["95.7 %"]
    }
    assert verdicts(said, one(success=None)) == {"Not measured": ["the photos could not be read"]}


@pytest.mark.parametrize(
    ("series", "verdict", "figure"),
    [
        (thrice(HIGH), "At least 90 % reached", "57 poison samples"),
        (
            thrice(HIGH, (0.97, 0.92, 1.0)),
            "At least 90 %, but not shown to be more than without poison",
            "97.0 % with 57",
        ),
        (
            thrice(OPEN),
            "Not decided: the interval reaches to both sides of 90 %",
            "93.0 % with 57",
        ),
        (thrice(LOW), "Stays below 90 %", "40.0 % with 57"),
        (series_of(trained(57, 57, 57)), "No verdict: fewer than 3 trainings", "100 % with 57"),
        (one(success=None), "Not measured", ""),
    ],
)
def test_how_many_it_takes(series: Series, verdict: str, figure: str) -> None:
    found = verdicts("How many", series)
    assert {words.replace(SPACE, " "): said for words, said in found.items()} == {verdict: [figure]}


def test_what_it_costs() -> None:
    said = "Do others"
    same = one(clean=(3960, 4000), pristine=(3960, 4000), evidence=False)
    assert verdicts(said, same) == {"Stays within 2 points of the pristine system": ["0.0 points"]}
    worse = one(clean=(3000, 4000), pristine=(3960, 4000), evidence=False)
    assert list(verdicts(said, worse)) == ["Falls by more than 2 points"]
    wide = one(clean=(39, 40), pristine=(39, 40), evidence=False)
    assert list(verdicts(said, wide)) == [
        "Not decided: by the interval it may fall by more than 2 points"
    ]
    target = one(target_clean=(2, 24), target_pristine=(24, 24))
    assert "Falls for the target\u2019s own photos" in verdicts(said, target)
    assert "Falls for the target\u2019s own photos" not in verdicts(said, one())


def test_other_keys() -> None:
    said = "Does another"
    assert verdicts(said, one(wrong=[0, 0, 0, 0])) == {"Not shown to open the back door": ["0 %"]}
    assert verdicts(said, one(wrong=[110, 0, 0, 0])) == {
        "Some keys that were never trained open it, too": ["1 of 4"]
    }
    assert list(verdicts(said, one(wrong=[110] * 4))) == [
        "Every key of the kind that was tried opens it, too"
    ]
    assert list(verdicts(said, one(success=(1, 115), wrong=[110] * 4))) == [
        "No back door was shown that they could open"
    ]
    assert verdicts(said, one(wrong=[], wrong_keys=[])) == {
        "Not measured": ["no wrong key was tried"]
    }


def test_without_attacks_nothing_is_asked() -> None:
    assert questions(()) == ()
