"""Identifiers: everything registered has some or an explicit none, and one file has every name."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from faceaudit.audit.families import families
from faceaudit.audit.kinds import KINDS
from faceaudit.errors import UnknownName
from faceaudit.report.identifiers import (
    Identifier,
    ai_act_remarks,
    coverage,
    identifiers_of,
    identifiers_or_none,
    subjects,
)
from faceaudit.report.identifiers.data import IdentifierFile, read_file

ROOT = Path(__file__).parents[2]
SPELLED = re.compile(r"\b(?:AML\.[A-Z]{1,2}\d{4}(?:\.\d{3})?|NISTAML\.\d{2,3}|ML\d\d:20\d\d)")
ATLAS, NIST, OWASP = (read_file().schemes[key].title for key in ("atlas", "nist", "owasp"))
ATTACKS = [
    f"{prefix}/{name}"
    for family, prefix in (("backdoor_attack", "backdoor"), ("membership_attack", "membership"))
    for name in families()[family].names()
]
MITIGATIONS = [
    f"{family}/{name}"
    for family, registry in families().items()
    if family.endswith("_mitigation")
    for name in registry.names()
]
LATER = [
    *("inversion", "template_inversion", "extraction", "attribute_inference", "linkage"),
    *("evasion", "master_face", "master_key", "enrolment_poisoning"),
    *("backbone_membership", "surgery"),
]


def of(subject: str, scheme: str) -> dict[str, str]:
    return {one.id: one.fit for one in identifiers_of(subject) if one.scheme == scheme}


def test_there_are_attacks_and_mitigations_to_ask_about() -> None:
    assert len(ATTACKS) >= 11
    assert len(MITIGATIONS) >= 11


@pytest.mark.parametrize(
    "subject", [*ATTACKS, "backdoor", "membership", "finished/keys", "finished/membership", *LATER]
)
def test_every_attack_has_identifiers_or_an_explicit_none_in_each_taxonomy(subject: str) -> None:
    found = identifiers_of(subject)
    assert {one.scheme for one in found} >= {ATLAS, NIST, OWASP}
    for one in found:
        assert (one.fit == "none") == (not one.id)
        assert one.fit == "exact" or one.note, "what is not exact says what is different"


@pytest.mark.parametrize("subject", MITIGATIONS)
def test_every_mitigation_has_an_identifier_or_an_explicit_none(subject: str) -> None:
    for one in identifiers_of(subject):
        assert one.scheme == ATLAS
        assert one.id.startswith("AML.M") or (one.fit == "none" and one.note)


def test_every_kind_of_audit_is_spoken_of() -> None:
    for kind in KINDS:
        assert any(subject.split("/")[0] == kind.name for subject in subjects())


def test_the_mapping_is_the_one_that_was_checked() -> None:
    dirty_label = {"AML.T0020": "exact", "AML.T0043.004": "exact"}
    assert of("backdoor/blended", ATLAS) == dirty_label
    assert of("backdoor/blended", NIST) == {"NISTAML.023": "exact"}
    assert of("backdoor/blended", OWASP) == {"ML02:2023": "exact"}
    assert of("backdoor/input_instance", NIST) == {"NISTAML.023": "near", "NISTAML.024": "near"}
    assert of("backdoor/worn_key", ATLAS) == {
        **dirty_label,
        "AML.T0041": "exact",
        "AML.T0008.003": "exact",
    }
    assert of("backbone_poisoning", NIST) == {"NISTAML.051": "exact", "NISTAML.026": "exact"}
    assert of("surgery", ATLAS) == {"AML.T0018.000": "exact"}
    assert of("enrolment_poisoning", ATLAS) == {"": "none"}
    assert of("membership/lira", ATLAS) == {"AML.T0024.000": "exact"}
    assert of("membership/lira", OWASP) == {"ML04:2023": "exact"}
    assert of("backbone_membership", ATLAS) == {"AML.T0044": "near"}
    assert of("backbone_membership", NIST) == {"NISTAML.033": "exact"}
    assert of("inversion", NIST) == {"NISTAML.032": "exact"}
    assert "exact" not in of("template_inversion", ATLAS).values()
    assert of("template_inversion", "ISO/IEC 24745") == {"ISO/IEC 24745:2022": "exact"}
    assert of("extraction", OWASP) == {"ML05:2023": "exact"}
    for subject in ("attribute_inference", "linkage"):
        assert [of(subject, scheme) for scheme in (ATLAS, NIST, OWASP)] == [{"": "none"}] * 3
    assert set(of("master_face", ATLAS).values()) == {"near"}
    assert of("membership_mitigation/memguard", ATLAS) == {"AML.M0002": "exact"}
    assert of("membership_mitigation/dp_sgd", ATLAS) == {"AML.M0003": "near"}


def test_an_attack_on_pixels_is_no_presentation_of_anything_at_a_camera() -> None:
    assert of("backdoor/accessory", "ISO/IEC 30107-3") == {"": "none"}
    assert of("backdoor/worn_key", "ISO/IEC 30107-3") == {"ISO/IEC 30107-3:2023": "near"}


def test_every_line_names_its_release_and_drafts_are_marked() -> None:
    for subject in subjects():
        for one in identifiers_of(subject):
            assert one.release
    labels = {one.scheme_label for subject in subjects() for one in identifiers_of(subject)}
    assert "MITRE ATLAS 2026.09" in labels
    assert "NIST AI 100-2 E2025" in labels
    assert "OWASP Machine Learning Security Top Ten 2023 (draft)" in labels


def test_an_unknown_subject_is_an_error_and_another_packages_component_has_none() -> None:
    with pytest.raises(UnknownName, match="backdoor/blended"):
        identifiers_of("backdoor/blend")
    (only,) = identifiers_or_none("backdoor/of_another_package")
    assert (only.id, only.name, only.fit) == ("", "no identifier", "none")
    assert only.note
    assert identifiers_or_none("membership") == identifiers_of("membership")


def test_a_file_with_a_loose_end_is_refused() -> None:
    values = read_file().model_dump()
    assert IdentifierFile.model_validate(values) == read_file()
    for key, wrong in (
        ("subjects", {"x": [["AML.T9999", "exact"]]}),
        ("subjects", {"x": [["AML.T0020", "none"]]}),
        ("subjects", {"x": [[{"scheme": "atlas"}, "near"]]}),
        ("subjects", {"x": [[{"scheme": "atlsa"}, "none"]]}),
        ("subjects", {"x": [["AML.T0020", "roughly"]]}),
        ("names", {**values["names"], "AML.T0019": {"scheme": "atlas", "name": "x"}}),
    ):
        with pytest.raises(ValueError, match=r"expected|Input should be"):
            IdentifierFile.model_validate({**values, key: wrong})


def lines_with_identifiers() -> list[tuple[str, str, str]]:
    """Return file, identifier and line for each one spelled in the project's own text."""
    suffixes = {".py", ".md", ".yaml", ".yml", ".j2", ".json", ".css", ".toml", ".sarif"}
    places = [ROOT / "docs", ROOT / "src", ROOT / "examples", *ROOT.glob("*.md")]
    files = [
        file
        for place in places
        for file in ([place] if place.is_file() else sorted(place.rglob("*")))
        if file.suffix in suffixes
    ]
    return [
        (str(file.relative_to(ROOT)), found[0], line)
        for file in files
        for line in file.read_text("utf-8").splitlines()
        for found in SPELLED.finditer(line)
    ]


def test_every_identifier_in_code_and_documents_is_in_the_data_file() -> None:
    spelled = lines_with_identifiers()
    assert len({id_ for _, id_, _ in spelled}) > 30
    file = read_file()
    for place, id_, _ in spelled:
        if not place.endswith("identifiers.yaml"):
            assert id_ in file.names, f"{place}: {id_}"
            assert id_ not in file.retired, f"{place}: {id_} is retired"


def test_a_name_that_follows_an_identifier_is_the_one_of_the_data_file() -> None:
    names = read_file().names
    for place, id_, line in lines_with_identifiers():
        after = re.match(r"\s+([A-Z][\w()-]+(?: [A-Z(][\w()-]+)+)", line.split(id_, 1)[1])
        if after:
            assert names[id_].name.startswith(after[1]), f"{place}: {id_} {after[1]}"


def test_identifiers_have_the_shape_that_their_scheme_gives_them() -> None:
    shapes = {
        "atlas": r"AML\.(T\d{4}(\.\d{3})?|M\d{4})",
        "nist": r"NISTAML\.0\d\d",
        "owasp": r"ML(0[1-9]|10):2023",
    }
    for key, entry in read_file().names.items():
        assert re.fullmatch(shapes.get(entry.scheme, r"[a-z_]+"), key), key


def test_retired_identifiers_are_never_given() -> None:
    given = {one.id for subject in subjects() for one in identifiers_of(subject)}
    assert read_file().retired.keys() == {"AML.T0019", "AML.T0058"}
    assert not given & read_file().retired.keys()
    assert read_file().names["AML.T0020"].name == "Training Data Poisoning"


def test_coverage_names_each_word_once_and_what_was_not_tested() -> None:
    covered = {one.word: one.subjects for one in coverage(["backdoor", "membership", "backdoor"])}
    assert covered == {
        "data poisoning": ("backdoor",),
        "model poisoning": (),
        "adversarial examples or model evasion": (),
        "confidentiality attacks": ("membership",),
        "model flaws": (),
    }
    assert all(not one.subjects for one in coverage(["another/package", "linkage"]))


def test_a_verifier_is_never_called_high_risk_under_annex_iii() -> None:
    verification = " ".join(ai_act_remarks("verification"))
    assert "is not high-risk by that point" in verification
    assert "2 December 2027" not in verification
    assert "2 December 2027" in " ".join(ai_act_remarks("identification"))
    for use in ("verification", "identification", None):
        said = " ".join(ai_act_remarks(use))
        assert "draft" in said
        assert "August 2026" not in said
        assert "no assessment of conformity" in said


def test_the_document_is_the_one_that_is_made() -> None:
    path = ROOT / "docs" / "make_identifiers.py"
    spec = importlib.util.spec_from_file_location("make_identifiers", path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    page = (ROOT / "docs" / "identifiers.md").read_text("utf-8")
    assert page == made.page(), "run `python docs/make_identifiers.py > docs/identifiers.md`"
    shown = {name for names, _ in made.grouped() for name in names}
    assert shown == set(subjects())


def test_an_identifier_is_a_plain_value() -> None:
    one = Identifier("A", "a1", "name", "1", "exact")
    assert (one.label, one.scheme_label) == ("a1 name", "A 1")
