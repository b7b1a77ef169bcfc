"""The page of audits: which there are, what is shown of one, and plans of new ones."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from PIL import Image
from streamlit.testing.v1 import AppTest

import faceaudit
from app.apptests import complaints
from faceaudit.app import own_audits, texts, work
from faceaudit.app.audits import found, plans, running, starting
from faceaudit.app.audits.checking import checked
from faceaudit.app.audits.parts import charts_html, pictures_html, stands_out, table_html
from faceaudit.app.audits.reading import file_of
from faceaudit.app.audits.verdicts import cases_html, verdicts_html
from faceaudit.app.settings import VARIABLE, Settings
from faceaudit.app.work import Work
from faceaudit.audit.kinds import KINDS
from faceaudit.errors import OptionError, SourceError
from report.backdoor.samples import case, write_store

MADE = {"faces": {"source": "synthetic", "people": 6, "photos": 24, "sessions": 3}}
TINY = {
    "title": "Tiny",
    **MADE,
    "backdoor": {
        "split": {"train": 10, "validation": 2, "test": 4},
        "systems": [{"network": "deepid", "training": {"epochs": 1, "batch": 16, "threads": 1}}],
        "attacks": [{"attack": "accessory", "samples": 4, "instances": 8}],
    },
}

QUICK = yaml.safe_load(plans.QUICK.read_text(encoding="utf-8"))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return Path(write_store(tmp_path / "given", [case()]).root)


@pytest.fixture
def settings(tmp_path: Path, store: Path) -> Settings:
    return Settings(folder=tmp_path / "app", stores=(str(store),))


def page(given: Settings, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page as a session sees it, not run yet."""
    monkeypatch.setenv(VARIABLE, given.model_dump_json())

    def script() -> None:
        from faceaudit.app.pages.audits import show  # noqa: PLC0415 - a script of its own

        show()

    return AppTest.from_function(script, default_timeout=60)


def html_of(app: AppTest) -> str:
    return "\n".join(one.proto.body for one in app.get("html"))


def button(app: AppTest, label: str):
    (one,) = [each for each in app.button if each.label == label]
    return one


# which there are


def test_without_audits_the_page_says_so_and_leads_to_the_first(tmp_path, monkeypatch):
    app = page(Settings(folder=tmp_path), monkeypatch).run()
    assert not app.exception
    assert "no audit here yet" in app.markdown[0].value
    button(app, "Start a first audit").click().run()
    assert "A new audit" in html_of(app)


def test_a_given_store_is_listed_opened_by_its_address_and_read(settings, monkeypatch):
    app = page(settings, monkeypatch).run()
    button(app, "Read").click().run()
    assert "store.1" in app.query_params["audit"]
    assert not app.exception
    values = faceaudit.report_values(settings.stores[0])
    assert values.verdict in html_of(app)
    assert all(card.figure.value in html_of(app) for card in values.cards)
    button(app, "All audits").click().run()
    assert "audit" not in app.query_params


def test_a_store_with_nothing_in_it_is_said_not_shown_empty(tmp_path, monkeypatch):
    given = Settings(folder=tmp_path / "app", stores=(str(tmp_path / "nowhere"),))
    app = page(given, monkeypatch)
    app.query_params["audit"] = "store.1"
    app.run()
    assert not app.exception
    assert "no audit that can be read" in html_of(app)
    assert not app.tabs


def test_own_audits_are_those_with_a_plan_running_ones_first(settings, monkeypatch):
    folder = own_audits.folder_of(settings)
    folder.mkdir(parents=True)
    for key in ("old", "at-work"):
        (folder / f"{key}.yaml").write_text(f"title: The {key} one\n")
    (folder / "Not a name.yaml").write_text("title: x\n")
    (folder / "no-text.yaml").write_bytes(b"\xff\xfe")
    states = {"audit-at-work": Work("running"), "audit-old": Work("stopped")}
    monkeypatch.setattr(work, "look", lambda _, name: states.get(name, Work("absent")))
    listed = found.audits(settings)
    assert listed[0].title == "The at-work one"
    assert {one.key for one in listed} == {"old", "at-work", "no-text", "store.1"}
    assert not listed[0].readable
    assert [one.readable for one in listed if one.key == "store.1"] == [True]


def test_names_of_new_audits_are_plain_and_never_used_twice(settings):
    folder = own_audits.folder_of(settings)
    folder.mkdir(parents=True)
    assert found.unused_key(settings, "../../Étage 2: a/b") == "tage-2-a-b"
    assert found.unused_key(settings, "???") == "audit"
    (folder / "audit.yaml").touch()
    (folder / "audit-2").mkdir()
    assert found.unused_key(settings, "") == "audit-3"
    longest = own_audits.work_of(found.unused_key(settings, "x" * 500) + "-999")
    assert work.NAMES.fullmatch(longest)


# what is shown of one


@pytest.mark.parametrize("tab", ["figures", "charts", "pictures", "standing_out", "cases", "take"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_every_tab_shows_something(settings, monkeypatch, tab, language):
    app = page(settings, monkeypatch)
    app.query_params["audit"] = "store.1"
    app.session_state["language"] = language
    app.session_state["tab"] = texts.words(language, "audits")[f"tab_{tab}"]
    app.run()
    assert not app.exception
    assert 'role="alert"' not in html_of(app)
    said = {
        "figures": lambda: (
            app.dataframe[0].value.shape[0] == len(faceaudit.results(settings.stores[0]))
        ),
        "charts": lambda: any("<svg" in one.value for one in app.markdown),
        "pictures": lambda: texts.words(language, "audits")["pictures_kept"] in html_of(app),
        "standing_out": lambda: (
            texts.words(language, "audits")["standing_out_none"] in app.markdown[0].value
        ),
        "cases": lambda: texts.words(language, "audits")["case_measured"] in html_of(app),
        "take": lambda: len(app.get("download_button")) == 5,
    }
    assert said[tab]()


def test_figures_are_filtered_by_what_is_chosen(settings, monkeypatch):
    app = page(settings, monkeypatch)
    app.query_params["audit"] = "store.1"
    app.session_state["tab"] = "All figures"
    app.run()
    rows = faceaudit.results(settings.stores[0])
    wanted = rows[0].metric
    app.multiselect(key="filter metric").select(wanted).run()
    assert set(app.dataframe[0].value["metric"]) == {wanted}
    assert len(app.dataframe[0].value) == len(rows.where(metric=wanted))


def test_text_of_a_store_is_never_read_as_html(store):
    values = faceaudit.report_values(store)
    bad = "<img src=x onerror=alert(1)>"
    card = values.cards[0]
    evil = values.model_copy(
        update={
            "verdict": bad,
            "cards": (replace(card, verdict=bad, explanation=bad, why=bad, name=bad),),
            "cases": (values.cases[0].model_copy(update={"title": bad, "error": bad}),),
        }
    )
    parts = faceaudit.report_parts(store)
    table = replace(parts.tables[0], caption=bad, heads=(bad,))
    chart = replace(parts.charts[0], caption=bad)
    for html in (
        verdicts_html(evil),
        cases_html(evil.cases),
        table_html(table),
        charts_html([chart]),
        pictures_html([replace(one, alt=bad, caption=bad, heading=bad) for one in parts.pictures]),
    ):
        assert "<img src=x" not in html


def test_a_failed_case_says_why(tmp_path):
    kept = write_store(tmp_path / "failed", [case(), replace(case(seed=1), error="too few photos")])
    html = cases_html(faceaudit.report_values(kept).cases)
    assert "too few photos" in html
    assert "failed" in html


def test_tables_of_single_records_are_told_from_others(store):
    table = faceaudit.report_parts(store).tables[0]
    assert not stands_out(table)
    assert stands_out(replace(table, id="membership-none-exposed-people"))
    assert stands_out(replace(table, id="membership-none-overlap-pairs-attacks"))


def test_a_figure_in_a_table_has_its_interval_below(store):
    table = next(
        one
        for one in faceaudit.report_parts(store).tables
        if any(cell.value is not None for row in one.rows for cell in row)
    )
    cell = next(cell for row in table.rows for cell in row if cell.value is not None)
    html = table_html(table)
    assert '<span class="spread">' in html
    assert cell.text.split(" ")[0] in html


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("report.html", b"<!doctype html"),
        ("report.md", b"#"),
        ("report.json", b"{"),
        ("results.csv", b"kind,"),
        ("figures.zip", b"PK"),
    ],
)
def test_files_to_take_along(store, name, start):
    assert file_of(str(store), name).lower().startswith(start.lower())


# plans of new ones


def test_both_plans_on_made_people_are_plans_of_made_people_alone():
    for quick in (True, False):
        drafted = plans.of_made_people(quick=quick)
        plans.of_file(drafted.text.encode(), exposed=True)
        assert len(drafted.kinds) >= 3


def test_every_kind_of_audit_is_explained_in_every_language():
    for language in texts.languages():
        assert {f"kind_{kind.name}" for kind in KINDS} <= set(texts.words(language, "audits"))


def test_kinds_that_are_not_wanted_are_left_out_and_comments_stay_where_all_are():
    drafted = plans.of_made_people(quick=True)
    assert plans.chosen(drafted, drafted.kinds, drafted.plan.title).text.startswith("#")
    fewer = plans.chosen(drafted, ["membership"], "Mine: so")
    assert fewer.kinds == ("membership",)
    assert faceaudit.load_plan(yaml.safe_load(fewer.text)) == fewer.plan
    assert fewer.plan.title == "Mine: so"
    with pytest.raises(OptionError):
        plans.chosen(drafted, [], "")


@pytest.mark.parametrize(
    "change",
    [
        {"faces": {"source": "folder", "path": "/etc"}},
        {"faces": {"source": "lfw", "path": "photos"}},
        {"finished": {"systems": [{"system": "http", "url": "http://10.0.0.1"}]}},
        {"backdoor": {**TINY["backdoor"], "systems": [{"network": "deepid", "weights": "w.pt"}]}},
        {"backdoor": {**TINY["backdoor"], "attacks": [{"attack": "blended", "key": "~/a.png"}]}},
        {"backdoor": {**TINY["backdoor"], "attacks": [{"attack": "blended", "key": "$HOME"}]}},
        {"backdoor": {**TINY["backdoor"], "attacks": [{"attack": "blended", "key": "x.png"}]}},
        {"backdoor": {**TINY["backdoor"], "systems": [{"network": "deepid", "weights": "photo"}]}},
        {"membership": {**QUICK["membership"], "pool": {"members": "photo", "nonmembers": "a"}}},
    ],
)
def test_where_others_get_in_no_plan_names_a_file_or_an_address(change, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (8, 8)).save(tmp_path / "photo", "PNG")  # a bare word may be a file's name
    text = yaml.safe_dump({**TINY, **change}).encode()
    with pytest.raises(OptionError, match="can be reached from elsewhere"):
        plans.of_file(text, exposed=True)


@pytest.mark.parametrize("exposed", [True, False])
def test_a_key_that_is_a_bare_word_is_no_file_even_where_there_is_one(
    exposed, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (8, 8)).save(tmp_path / "photo", "PNG")
    for attack in ("blended", "accessory", "input_instance"):
        attacks = [{"attack": attack, "key": "photo", "samples": 4}]
        text = yaml.safe_dump({**TINY, "backdoor": {**TINY["backdoor"], "attacks": attacks}})
        with pytest.raises(OptionError, match="key"):
            plans.of_file(text.encode(), exposed=exposed)


def test_glasses_that_are_dyed_and_moved_are_no_file():
    attack = {"attack": "accessory", "samples": 4, "key": "glasses-star#00a0ff@-12"}
    change = {"backdoor": {**TINY["backdoor"], "attacks": [attack]}}
    plans.of_file(yaml.safe_dump({**TINY, **change}).encode(), exposed=True)


@pytest.mark.parametrize("way", ["[{}]", "{{<<: [{}]}}"])
def test_a_few_lines_of_a_plan_cannot_stand_for_millions(way):
    lines = ["backdoor:", "  a0: &a0 {k: x}"]
    lines += [
        f"  a{number}: &a{number} {way.format(', '.join([f'*a{number - 1}'] * 9))}"
        for number in range(1, 8)
    ]
    for exposed in (True, False):
        with pytest.raises(OptionError, match="aliases"):
            plans.of_file("\n".join(lines).encode(), exposed=exposed)


@pytest.mark.parametrize("exposed", [True, False])
def test_a_plan_that_holds_itself_is_none(exposed):
    with pytest.raises(OptionError, match="aliases"):
        plans.of_file(b"backdoor: &one\n  faces: *one\n", exposed=exposed)


def test_a_plan_of_made_people_may_be_brought_everywhere():
    text = yaml.safe_dump(
        {**TINY, "title": "Any / title: ~ $x", "limits": ["backdoor.success>0.2"]}
    )
    for exposed in (True, False):
        assert plans.of_file(text.encode(), exposed=exposed).kinds == ("backdoor",)


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"- a\n- b", b"title: [", b"x" * 70_000, b"", b"title: no section"]
)
def test_what_is_no_plan_is_said_in_a_line(content):
    with pytest.raises(OptionError, match="expected"):
        plans.of_file(content, exposed=False)


def test_a_folder_is_drafted_and_what_was_found_is_said(tmp_path):
    for person in range(8):
        folder = tmp_path / "photos" / f"person {person}"
        folder.mkdir(parents=True)
        for number in range(30):
            Image.new("RGB", (8, 8)).save(folder / f"{number}.png")
    drafted = plans.of_folder(f" {tmp_path / 'photos'} ", "Ours")
    assert drafted.plan.title == "Ours"
    assert any("8" in line for line in drafted.said)
    for path in ("", str(tmp_path / "nowhere")):
        with pytest.raises((OptionError, SourceError)):
            plans.of_folder(path, "")


def test_exposed_apps_offer_no_folders(tmp_path, monkeypatch):
    for exposed in (False, True):
        app = page(Settings(folder=tmp_path, exposed=exposed), monkeypatch)
        app.session_state["audits view"] = "new"
        app.run()
        assert ("Photos on this machine" in app.radio[0].options) is not exposed
        assert not app.exception


def test_a_folder_that_is_none_is_a_friendly_line(tmp_path, monkeypatch):
    app = page(Settings(folder=tmp_path), monkeypatch)
    app.session_state["audits view"] = "new"
    app.run()
    app.radio[0].set_value("folder").run()
    app.text_input(key="folder").set_value(str(tmp_path / "none")).run()
    button(app, "Next").click().run()
    assert not app.exception
    assert "expected" in complaints(app)[0]


def test_what_a_run_costs_is_told_and_why_it_would_fail(tmp_path):
    plan = tmp_path / "plan.yaml"
    plan.write_text(yaml.safe_dump({**TINY, "faces": {**MADE["faces"], "photos": 8}}))
    found_out = checked(plan)
    assert found_out["obstacles"]
    html = starting.cost_html(found_out)
    assert "expected" in html
    json.dumps(found_out)
    cost = {"cases": 3, "trainings": None, "people": 1000, "photos": 5}
    times = {"seconds": 600, "low": 390, "high": 960, "memory_bytes": 2.4e9}
    html = starting.cost_html(
        {"cost": cost, "forecast": times, "obstacles": [], "remarks": ["<few>"]}
    )
    for words in ("6 to 16 minutes", "2.4 GB", "1,000", "not known before", "&lt;few&gt;"):
        assert words in html


def test_an_audit_runs_as_the_command_line_does(settings, monkeypatch):
    started = []
    monkeypatch.setattr(work, "start", lambda *given, **options: started.append((given, options)))
    key = running.begin(settings, "Our audit", "title: Our audit\n")
    ((_, name, command), options) = started[0]
    assert key == "our-audit"
    assert name == "audit-our-audit"
    assert command[:3] == ["-m", "faceaudit", "run"]
    assert command[3].endswith("audits/our-audit.yaml")
    assert command[4:6] == ["--store", str(own_audits.folder_of(settings) / "our-audit")]
    assert command[6:] == ["--heartbeat", str(work.heartbeat_of(settings, name))]
    assert options == {"fine": (0, 3, 4)}


def test_two_who_start_audits_of_one_title_at_once_get_one_each(settings, monkeypatch):
    def chosen(given, title):
        key = unused(given, title)
        if key == "at-once":  # somebody else is quicker
            (own_audits.folder_of(given) / f"{key}.yaml").write_text("title: theirs\n")
        return key

    unused = found.unused_key
    monkeypatch.setattr(running, "unused_key", chosen)
    monkeypatch.setattr(work, "start", lambda *_, **__: None)
    key = running.begin(settings, "At once", "title: ours\n")
    folder = own_audits.folder_of(settings)
    assert (folder / "at-once.yaml").read_text() == "title: theirs\n"
    assert (folder / f"{key}.yaml").read_text() == "title: ours\n"


def test_a_run_with_failed_cases_is_no_run_that_was_cut_short(tmp_path, monkeypatch):
    given = Settings(folder=tmp_path / "app")
    folder = own_audits.folder_of(given)
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text("title: Mine\n")
    write_store(folder / "mine", [case(), replace(case(seed=1), error="too few photos")])
    monkeypatch.setattr(work, "look", lambda *_: Work("failed", status=1, log="error: few"))
    app = page(given, monkeypatch)
    app.query_params["audit"] = "mine"
    app.run()
    assert not app.exception
    assert "1 of its cases failed" in html_of(app)
    assert "ended before" not in html_of(app).replace(
        texts.words("en", "audits")["state_failed"], "", 1
    )
    assert button(app, "Go on")
    assert app.tabs


# two beside each other


def test_two_audits_are_compared_as_the_library_does(store, tmp_path, monkeypatch):
    other = write_store(tmp_path / "other", [case(seed=1)])
    app = page(Settings(folder=tmp_path, stores=(str(store), str(other.root))), monkeypatch)
    app.session_state["audits view"] = "compare"
    app.run()
    assert not app.exception
    found_rows = faceaudit.compare(store, other).rows
    assert f"of {len(found_rows)} figures changed" in app.markdown[0].value
    assert all(row.title.replace('"', "&quot;") in html_of(app) for row in found_rows)
    app.selectbox(key="compare after").select_index(1).run()
    assert "Choose two different audits" in app.markdown[0].value


def test_one_audit_alone_is_not_compared(settings, monkeypatch):
    app = page(settings, monkeypatch)
    app.session_state["audits view"] = "compare"
    app.run()
    assert "fewer than two" in app.markdown[0].value
