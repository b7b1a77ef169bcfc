"""Figures, facts and evidence as tables; cases as runs of MLflow, once each."""

from __future__ import annotations

import csv
import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
import pandas
import pytest
from typer.testing import CliRunner

import faceaudit
from faceaudit.api import mlflow_runs
from faceaudit.cli import app
from faceaudit.errors import InputError, OptionError
from faceaudit.metrics import wilson
from faceaudit.report.exports.store_tables import evidence_csv, evidence_parquet
from faceaudit.store import CaseRecord, Store
from faceaudit.types import Evidence, Figure
from report.backdoor.samples import case, write_store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return write_store(tmp_path / "audit", [case(), case("accessory", error="=broke")])


@pytest.mark.parametrize("end", ["csv", "parquet"])
def test_figures_are_the_rows_of_results(store: Store, tmp_path: Path, end: str) -> None:
    done = faceaudit.export_store(store, tmp_path / f"out.{end}")
    read = pandas.read_csv if end == "csv" else pandas.read_parquet
    frame = read(tmp_path / f"out.{end}")
    rows = faceaudit.results(store)
    assert list(frame.columns) == list(rows.to_pandas().columns)
    assert len(frame) == len(rows) == done.figures
    assert [None if pandas.isna(one) else one for one in frame["value"]] == pytest.approx(
        [row.value for row in rows]
    )
    assert list(frame["metric"]) == [row.metric for row in rows]
    assert done.files == (tmp_path / f"out.{end}", tmp_path / f"out-facts.{end}")


def test_facts_are_those_of_the_records(store: Store, tmp_path: Path) -> None:
    done = faceaudit.export_store(store, tmp_path / "out.parquet")
    frame = pandas.read_parquet(tmp_path / "out-facts.parquet")
    assert len(frame) == done.facts > 0
    [record] = [one for one in store.cases() if one.error is None]
    told = frame.set_index("fact")
    for name, value in record.facts.items():
        if isinstance(value, str):
            assert told.loc[name, "value"] == value
        elif isinstance(value, int) and not isinstance(value, bool):
            assert told.loc[name, "number"] == value
        elif isinstance(value, list):
            assert json.loads(told.loc[name, "value"]) == value


EVIDENCE = Evidence(
    ("=a", "b\x1b", "c"),
    {
        "right": np.array([True, False, True]),
        "score": np.array([0.1, np.float32(1e-9), 3]),
        "two": np.arange(6).reshape(3, 2),
    },
)


def test_evidence_comes_back_row_by_row(tmp_path: Path) -> None:
    (tmp_path / "e.parquet").write_bytes(evidence_parquet("c1", EVIDENCE))
    (tmp_path / "e.csv").write_bytes(evidence_csv("c1", EVIDENCE))
    for frame in (pandas.read_parquet(tmp_path / "e.parquet"), pandas.read_csv(tmp_path / "e.csv")):
        assert list(frame.columns) == ["case", "id", "right", "score", "two.0", "two.1"]
        assert list(frame["case"]) == ["c1"] * 3
        assert list(frame["right"]) == [True, False, True]
        assert list(frame["score"]) == list(EVIDENCE.columns["score"])
        assert list(frame["two.1"]) == [1, 3, 5]
        assert frame["id"][1] == "b\\x1b"
    assert next(csv.reader((tmp_path / "e.csv").read_text().splitlines()[1:]))[1] == "'=a"


def test_evidence_of_each_case_is_a_file_of_its_own(store: Store, tmp_path: Path) -> None:
    done = faceaudit.export_store(store, tmp_path / "out.parquet", evidence=True)
    [record] = [one for one in store.cases() if one.error is None]
    assert record.evidence is not None
    assert done.files[2:] == (tmp_path / "out-evidence" / f"{record.id}.parquet",)
    frame = pandas.read_parquet(done.files[2])
    assert tuple(frame["id"]) == record.evidence.ids


def test_what_cannot_be_is_refused_before_the_work(store: Store, tmp_path: Path) -> None:
    for words, said in (
        ((), "expected a file for tables or a URI of MLflow"),
        (("out.xlsx",), "expected tables as .parquet or .csv"),
        ((Path(store.root) / "cases" / "x.csv",), "not the store's own"),
    ):
        with pytest.raises(OptionError, match=said):
            faceaudit.export_store(store, *words)
    with pytest.raises(OptionError, match="expected a file beside which evidence goes"):
        faceaudit.export_store(store, mlflow="sqlite:///x.db", evidence=True)
    with pytest.raises(faceaudit.StoreError):
        faceaudit.export_store(tmp_path / "nothing", tmp_path / "new" / "out.csv")
    assert not (tmp_path / "new").exists()
    for uri in ("file:///tmp/runs", "mlruns", "./mlruns", "FILE:/runs"):
        with pytest.raises(OptionError, match="no runs in folders any more"):
            faceaudit.export_store(store, mlflow=uri)


def test_the_command_says_what_it_wrote(store: Store, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    done = CliRunner().invoke(app, ["store", "export", store.root, str(out), "--evidence"])
    assert done.exit_code == 0, done.output
    assert "out-facts.csv" in done.output
    assert "out-evidence: evidence of 1 cases" in done.output


# MLflow


def test_names_that_mlflow_refuses_get_others_of_their_own() -> None:
    names = ["a|b=below 30", "a|b<below 30", "x" * 300, "x" * 301, "plain.name", "(é)"]
    given = [mlflow_runs._name(name, ".high") for name in names]
    assert len(set(given)) == len(names)
    assert max(map(len, given)) <= 250
    assert given[4] == "plain.name.high"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('mlflow') / 'runs.db'}"


def runs_at(uri: str, experiment: str) -> list[object]:
    import mlflow  # noqa: PLC0415 - warns of what it lacks, which is no error of ours

    client = mlflow.MlflowClient(tracking_uri=uri)
    found = client.get_experiment_by_name(experiment)
    return list(client.search_runs([found.experiment_id]))


def check_runs(store: Store, uri: str, experiment: str) -> None:
    done = faceaudit.export_store(store, mlflow=uri, experiment=experiment)
    assert (done.logged, done.logged_before) == (2, 0)
    again = faceaudit.export_store(store, mlflow=uri, experiment=experiment)
    assert (again.logged, again.logged_before) == (0, 2)
    runs = {run.data.tags["faceaudit.case"]: run for run in runs_at(uri, experiment)}
    assert len(runs) == 2
    for record in store.cases():
        run = runs[record.id]
        assert run.info.status == ("FINISHED" if record.error is None else "FAILED")
        assert run.data.params["seed"] == str(record.spec["seed"])
        assert run.data.params["system.network.network"] == "deepid"
        assert run.data.tags["faceaudit.version.faceaudit"]
    for row in faceaudit.results(store):
        if row.value is not None and ":" not in row.metric and "|" not in row.metric:
            logged = runs[row.case].data.metrics
            names = (row.metric, f"{row.metric}.low", f"{row.metric}.high", f"{row.metric}.n")
            assert [logged[name] for name in names] == [row.value, row.low, row.high, row.n]


@pytest.mark.filterwarnings("ignore")  # of the libraries below MLflow
def test_each_case_is_a_run_once(store: Store, database: str) -> None:
    check_runs(store, database, "once")


@pytest.mark.filterwarnings("ignore")
def test_a_case_that_changed_replaces_its_run(store: Store, database: str) -> None:
    faceaudit.export_store(store, mlflow=database, experiment="changed")
    [failed] = [one for one in store.cases() if one.error is not None]
    figures = (Figure("attack_success", wilson(1, 2)), Figure("b|c", None, "nothing was tried"))
    whole = next(one for one in store.cases() if one.error is None)
    store.write_case(CaseRecord(failed.id, failed.spec, whole.facts, figures))
    done = faceaudit.export_store(store, mlflow=database, experiment="changed")
    assert (done.logged, done.logged_before) == (1, 1)
    runs = runs_at(database, "changed")
    assert len(runs) == 2
    [run] = [one for one in runs if one.data.tags["faceaudit.case"] == failed.id]
    assert run.data.metrics["attack_success"] == 0.5
    assert json.loads(run.data.tags["faceaudit.not_measured"]) == {"b|c": "nothing was tried"}


@pytest.mark.filterwarnings("ignore")
def test_a_run_that_was_cut_short_is_logged_anew(
    store: Store, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlflow  # noqa: PLC0415 - warns of what it lacks, which is no error of ours

    with monkeypatch.context() as patch:

        def broken(*_: object, **__: object) -> None:
            raise RuntimeError("the line is cut")

        patch.setattr(mlflow.MlflowClient, "set_terminated", broken)
        with pytest.raises(InputError, match="the line is cut"):
            faceaudit.export_store(store, mlflow=database, experiment="cut")
    assert faceaudit.export_store(store, mlflow=database, experiment="cut").logged == 2
    assert len(runs_at(database, "cut")) == 2


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Start a server of MLflow that keeps its runs in a database."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--backend-store-uri", f"sqlite:///{tmp_path / 's.db'}"]
    command += ["--artifacts-destination", str(tmp_path / "artifacts"), "--workers", "1"]
    with (tmp_path / "said").open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, cwd=tmp_path)
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(600):
            assert process.poll() is None, (tmp_path / "said").read_text()
            with suppress(OSError), urllib.request.urlopen(f"{url}/health", timeout=5):
                break
            time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        process.wait()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_server_is_told_the_same(store: Store, server: str) -> None:
    check_runs(store, server, "once")


@pytest.mark.filterwarnings("ignore")
def test_an_mlflow_that_is_not_there_is_said_in_a_line(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(InputError, match="expected an MLflow that takes runs") as raised:
        faceaudit.export_store(store, mlflow="http://ada:s3cret@127.0.0.1:9")
    assert "127.0.0.1:9" in str(raised.value)
    assert "s3cret" not in str(raised.value)
