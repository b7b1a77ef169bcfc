"""Cases of a store as runs of MLflow: written there, never read back."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from faceaudit.audit.common.rows import FAILED, Row
from faceaudit.cleaning import clean
from faceaudit.deferred import deferred
from faceaudit.errors import InputError, OptionError
from faceaudit.progress import Progress, silent
from faceaudit.report.exports.store_tables import flat, spell_value
from faceaudit.store import CaseRecord

if TYPE_CHECKING:
    import mlflow  # type: ignore[import-untyped,import-not-found,unused-ignore]
else:
    mlflow = deferred("mlflow")

CASE, DIGEST = "faceaudit.case", "faceaudit.digest"
"""Tags that tell which case a run is, and whether it is there as it is now."""

_SIGNED_IN = re.compile(r"//[^/\s]*@")
_NAME = re.compile(r"[^\w./ -]")
_KEY, _PARAM, _TAG = 250, 6000, 5000
"""Characters of names, of parameters and of tags at most."""
_PARAMS, _METRICS = 100, 900
"""How many parameters and metrics MLflow takes at once."""
_PAGE = 1000
"""Runs that are asked for at once."""


@dataclass(frozen=True)
class LoggedRun:
    """A case as a run of MLflow.

    Attributes:
        case: its id.
        name: of the run.
        failed: whether the case failed.
        params: its spec, by name.
        metrics: its figures, each with low, high and n; what could not be measured is in none.
        tags: ids, versions, commit, and what could not be measured and why.
    """

    case: str
    name: str
    failed: bool
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]

    @property
    def digest(self) -> str:
        """The sha256 of all of it."""
        told = json.dumps([self.name, self.failed, self.params, self.metrics, self.tags])
        return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def need_mlflow(uri: str) -> None:
    """Refuse a URI that MLflow keeps no runs at, or the lack of MLflow.

    Raises:
        OptionError: it is so.
    """
    scheme = uri.partition(":")[0].lower() if isinstance(uri, str) else ""
    if not scheme or "://" not in uri or scheme == "file":
        raise OptionError(
            f"expected an MLflow server or a database, got {_without_password(uri)!r}: MLflow "
            "keeps no runs in folders any more; try 'sqlite:///mlflow.db' or "
            "'http://127.0.0.1:5000'"
        )
    # it would tell its makers what it is used for, beside what it is told to log
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    try:
        import mlflow  # noqa: F401, PLC0415
    except ImportError:
        raise OptionError(
            "expected MLflow to log to, got none; try `pip install 'faceaudit[mlflow]'`"
        ) from None


def runs_of(
    records: Sequence[CaseRecord], rows: Mapping[str, Sequence[Row]], account: Mapping[str, Any]
) -> Iterator[LoggedRun]:
    """Yield each case as a run."""
    versions = {f"version.{name}": str(one) for name, one in account["versions"].items()}
    of_run = {"commit": str(account.get("commit") or ""), "plan": str(account["plan"].get("title"))}
    for record in records:
        of_case = rows.get(record.id, ())
        first = of_case[0] if of_case else None
        words = () if first is None else (first.kind, first.system, first.attack, first.mitigation)
        measured = [row for row in of_case if row.metric != FAILED]
        metrics: dict[str, float] = {}
        for row in measured:
            numbers = {"": row.value, ".low": row.low, ".high": row.high, ".n": row.n}
            for end, number in numbers.items():
                if number is not None:
                    metrics[_name(row.metric, end)] = float(number)
        unknown = {row.metric: row.note for row in measured if row.value is None}
        tags = {
            CASE: record.id,
            "faceaudit.kind": str(record.spec.get("kind", "")),
            **{f"faceaudit.{name}": text for name, text in {**of_run, **versions}.items()},
        }
        if unknown:
            tags["faceaudit.not_measured"] = json.dumps(unknown)[:_TAG]
        if record.error is not None:
            tags["faceaudit.error"] = record.error[:_TAG]
        yield LoggedRun(
            case=record.id,
            name=", ".join([*dict.fromkeys(filter(None, words)), record.id[:8]])[:_KEY],
            failed=record.error is not None,
            params={_name(key): spell_value(one)[:_PARAM] for key, one in flat(record.spec)},
            metrics=metrics,
            tags={_name(key): text for key, text in tags.items()},
        )


def _name(name: str, end: str = "") -> str:
    """Return a name as MLflow takes it: another one has another, however long or strange."""
    plain = _NAME.sub("_", name)
    if plain != name or len(plain) + len(end) > _KEY:
        told = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:6]
        plain = f"{plain[: _KEY - len(end) - 7]}.{told}"
    return f"{plain}{end}"


def log_cases(
    records: Sequence[CaseRecord],
    rows: Mapping[str, Sequence[Row]],
    account: Mapping[str, Any],
    *,
    uri: str,
    experiment: str,
    progress: Progress = silent,
) -> tuple[int, int]:
    """Log cases as runs; return how many were logged now, and how many were there already.

    A run of a case that is there and differs is deleted, and logged anew. A run counts as there
    once it has its last tag, so that one that was cut short is logged anew as well.

    Raises:
        InputError: MLflow cannot be reached, or refuses.
    """
    logged = before = 0
    with _reached(uri), _quiet():
        client = mlflow.MlflowClient(tracking_uri=uri)
        found = client.get_experiment_by_name(experiment)
        place = client.create_experiment(experiment) if found is None else found.experiment_id
        there = _known(client, place)
        begun = _milliseconds(account.get("started"))
        with progress.task("logging", len(records)) as advance:
            for one in runs_of(records, rows, account):
                known = there.get(one.case, [])
                same = [id_ for id_, digest in known if digest == one.digest]
                for id_, _ in known:
                    if id_ not in same[:1]:
                        client.delete_run(id_)
                if same:
                    before += 1
                else:
                    _log(client, place, one, begun)
                    logged += 1
                advance(1)
    return logged, before


def _known(client: Any, experiment: str) -> dict[str, list[tuple[str, str]]]:
    """Return the ids and digests of the runs of an experiment by the case that each is."""
    known: dict[str, list[tuple[str, str]]] = {}
    token = None
    while True:
        page = client.search_runs([experiment], max_results=_PAGE, page_token=token)
        for run in page:
            tags = run.data.tags
            if CASE in tags:
                known.setdefault(tags[CASE], []).append((run.info.run_id, tags.get(DIGEST, "")))
        token = page.token
        if not token:
            return known


def _log(client: Any, experiment: str, one: LoggedRun, begun: int) -> None:
    """Log one run; the tag that makes it count comes last."""
    entities = mlflow.entities
    tags = {**one.tags, "mlflow.source.name": "faceaudit"}
    run = client.create_run(experiment, start_time=begun, tags=tags, run_name=one.name)
    id_ = run.info.run_id
    params = [entities.Param(name, text) for name, text in one.params.items()]
    for start in range(0, len(params), _PARAMS):
        client.log_batch(id_, params=params[start : start + _PARAMS])
    metrics = [entities.Metric(name, value, begun, 0) for name, value in one.metrics.items()]
    for start in range(0, len(metrics), _METRICS):
        client.log_batch(id_, metrics=metrics[start : start + _METRICS])
    client.set_terminated(id_, status="FAILED" if one.failed else "FINISHED", end_time=begun)
    client.set_tag(id_, DIGEST, one.digest)


def _milliseconds(started: object) -> int:
    try:
        return int(1000 * datetime.fromisoformat(str(started)).timestamp())
    except ValueError:
        return 0


def _without_password(said: object, most: int = 200) -> str:
    """Return words about a URI without who signs in there, and by which password."""
    return clean(_SIGNED_IN.sub("//...@", str(said)), most)


@contextmanager
def _reached(uri: str) -> Iterator[None]:
    try:
        yield
    except (InputError, KeyboardInterrupt):
        raise
    except Exception as error:  # noqa: BLE001 - databases and servers have errors of all kinds
        raise InputError(
            f"expected an MLflow that takes runs, got {_without_password(uri)} "
            f"({type(error).__name__}: {_without_password(error, 300)}); see to it and try again: "
            "what is logged stays"
        ) from None


@contextmanager
def _quiet() -> Iterator[None]:
    """Let libraries below MLflow print nothing of their own, such as migrations of a database."""
    loud = [logging.getLogger(name) for name in ("alembic", "mlflow")]
    levels = [one.level for one in loud]
    for one in loud:
        one.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for one, level in zip(loud, levels, strict=True):
            one.setLevel(level)
