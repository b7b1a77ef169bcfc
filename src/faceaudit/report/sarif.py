"""What became of limits as SARIF 2.1.0 (OASIS 2020), which code scanning services show."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import yaml

from faceaudit.audit.kinds import kind_of
from faceaudit.audit.limits import Limit
from faceaudit.errors import OptionError
from faceaudit.files.plain_yaml import compose_yaml
from faceaudit.report.judging import Judgement, verdict
from faceaudit.report.limit_words import measure_line
from faceaudit.report.spelling import spelled_out

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
HELP = "docs/pipeline.md#how-a-limit-is-judged"
"""Where the documents of faceaudit say what a limit is; they have no address of their own."""
UNFINISHED = "unfinished-case"

_RESULTS: dict[str, tuple[str, str]] = {
    "broken": ("fail", "error"),
    "inconclusive": ("open", "none"),
    "kept": ("pass", "none"),
}
"""Kind and level of each outcome: SARIF allows no other level than none beside open and pass."""


@dataclass(frozen=True)
class PlanText:
    """A plan as results point to it.

    Attributes:
        uri: where it is: relative to the folder that the command ran in, or a whole URI.
        text: its YAML; empty where it is none.
    """

    uri: str
    text: str = ""

    def line_of(self, limit: Limit) -> int:
        """Return the line of a limit, from 1: its own, or that of the section on its kind."""
        root = _compose(self.text)
        keys = {key.value: (key, value) for key, value in root}
        _, limits = keys.get("limits", (None, None))
        if isinstance(limits, yaml.SequenceNode):
            for item in limits.value:
                if isinstance(item, yaml.ScalarNode) and item.value.strip() == limit.text:
                    return self._line(item)
        return self.line_of_kind(limit.kind)

    def line_of_kind(self, kind: str) -> int:
        """Return the line of the section on a kind of audit, from 1; 1 where there is none."""
        keys = [key for key, _ in _compose(self.text) if key.value == kind]
        return self._line(keys[0]) if keys else 1

    def _line(self, node: yaml.Node) -> int:
        """Return the line that a node begins in; YAML has breaks that SARIF and editors do not."""
        return self.text.count("\n", 0, node.start_mark.index) + 1


def sarif_log(
    judgements: Sequence[Judgement], unfinished: Iterable[tuple[str, str, str]], plan: PlanText
) -> dict[str, Any]:
    """Return a SARIF log as plain values: a result for each limit and figure that it speaks of.

    Every result points to the plan, as GitHub refuses a file in which one does not. What passed has
    the kind `pass`, what is inconclusive `open`.

    Args:
        judgements: limits held against figures.
        unfinished: kind, title and reason of cases of the audit that gave no figures.
        plan: what results point to.
    """
    results = [one for judgement in judgements for one in _results(judgement, plan)]
    failed = [
        _result(
            UNFINISHED, ("fail", "error"), f"{title}: {why}", (plan.uri, plan.line_of_kind(kind))
        )
        for kind, title, why in unfinished
    ]
    rules = [_rule(measure) for measure in dict.fromkeys(one.limit.measure for one in judgements)]
    if failed:
        text = "A case of the audit failed or did not run, so that its figures are missing."
        rules.append(_described(UNFINISHED, text))
    driver = {"name": "faceaudit", "version": version("faceaudit"), "rules": rules}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [*results, *failed],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _results(judgement: Judgement, plan: PlanText) -> list[dict[str, Any]]:
    limit = judgement.limit
    place = plan.uri, plan.line_of(limit)
    if not judgement.measures:
        text = f"{limit.text}: {judgement.why_none}"
        return [_result(limit.measure, _RESULTS["inconclusive"], text, place)]
    return [
        _result(
            limit.measure,
            _RESULTS[verdict(limit, measure)],
            f"{limit.text}: {measure_line(limit, measure)}.",
            place,
            f"{limit.text}: {measure.title}",
        )
        for measure in judgement.measures
    ]


def _result(
    rule: str, outcome: tuple[str, str], text: str, place: tuple[str, int], same: str = ""
) -> dict[str, Any]:
    """Return a result; those with the same rule and words of `same` are one over several runs."""
    uri, line = place
    digest = hashlib.sha256(spelled_out(f"{rule}: {same or text}").encode()).hexdigest()
    kind, level = outcome
    location = {"artifactLocation": {"uri": uri}, "region": {"startLine": line}}
    return {
        "ruleId": rule,
        "kind": kind,
        "level": level,
        "message": {"text": spelled_out(text)},
        "locations": [{"physicalLocation": location}],
        # Without one of its own GitHub takes all results of one line and rule for the same.
        "partialFingerprints": {"primaryLocationLineHash": digest[:32]},
    }


def _rule(measure: str) -> dict[str, Any]:
    kind, _, name = measure.partition(".")
    words = name.replace("_", " ")
    text = f"{kind_of(kind).title}: a limit on {words}, held against whole intervals."
    return _described(measure, text)


def _described(id_: str, text: str) -> dict[str, Any]:
    return {
        "id": id_,
        "name": "".join(map(str.capitalize, re.split(r"\W|_", id_))),
        "shortDescription": {"text": text},
        "fullDescription": {"text": text},
        "help": {"text": f"{text} See {HELP}.", "markdown": f"{text} See [{HELP}]({HELP})."},
    }


def _compose(text: str) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
    """Return the keys at the top of a plan's YAML with their values; none where it has none."""
    try:
        root = compose_yaml(text)
    except OptionError as error:
        raise OptionError(f"expected a plan in YAML, got none: {error}") from None
    if not isinstance(root, yaml.MappingNode):
        return []
    return [(key, value) for key, value in root.value if isinstance(key, yaml.ScalarNode)]
