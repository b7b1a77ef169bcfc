"""Make docs/api.md from the docstrings: `make api`."""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import faceaudit
from faceaudit.progress import Silent

GROUPS: dict[str, tuple[str, ...]] = {
    "Audits": (
        *("draft_plan", "run", "check", "load_plan", "results", "write_report", "report_values"),
        *("report_parts", "export_report", "components"),
        *("Plan", "Store", "api.init.DraftedPlan", "api.audits.AuditRun", "api.audits.PlanCheck"),
        "api.results.Results",
        "api.report_parts.ReportParts",
        *("ProcessRunner", "RayRunner"),
        *("verify_store", "api.stores.StoreCheck", "store.manifest.Damage"),
    ),
    "What a store holds": (
        "store.upkeep.Upkeep",
        *("list_store", "api.store_listed.StoreListing", "api.store_listed.LastRun"),
        *("api.store_listed.ListedFolder", "store.leases.Lease"),
        *("clean_store", "api.store_cleaning.StoreCleaning", "audit.garbage.Garbage"),
        *("copy_store", "api.store_copies.StoreCopy"),
        *("export_store", "api.store_exports.StoreExport"),
    ),
    "In a pipeline": (
        *("check_limits", "api.limits.LimitsCheck", "api.limits.Unfinished"),
        *("report.judging.Judgement", "audit.limits.Limit"),
        *("compare", "report.comparison.rows.Comparison", "report.comparison.rows.ComparedRow"),
    ),
    "Systems under test": (
        *("system_under_test", "serve", "identify", "put_key", "poison", "judge"),
        *("api.identify.Identified", "api.poisoning.PoisonedPhotos", "api.poisoning.Judgement"),
    ),
    "Faces": ("load_faces", "FaceSet", "PairSet", "api.faces.LoadedFaces"),
    "Networks": ("load_network", "train_embedder", "embed", "Embedder"),
    "Protocols": (
        *("evaluate_verification", "evaluate_identification", "evaluate_scores"),
        "protocols.result.Result",
    ),
    "Verifiers": (
        *("train_verifier", "load_verifier", "verify", "compare_photos", "Verifier"),
        *("api.training.TrainedVerifier", "api.verifiers.Verdict"),
        "api.photo_comparison.ComparedPhotos",
    ),
    "Pairs and what is said of them": (
        *("score_pairs", "load_scored_pairs", "attacked_pairs"),
        *("api.scored_pairs.ScoredPairs", "api.scored_pairs.DetCurve"),
        *("api.attacked_pairs.AttackedPairs", "api.attacked_pairs.Said"),
    ),
    "Whom a backbone learned from": (
        *("backbone_leak", "audit.backbone_membership.leak.BackboneLeak"),
    ),
    "Whether templates can be linked": (
        *("unlinkability", "api.linkage.Unlinkability", "metrics.binned_scores.Leak"),
        *("link_templates", "api.linkage.LinkedTemplates"),
        *("try_enrolment_key", "api.enrolment.TriedKey"),
    ),
    "Faces and photos that are made to pass": (
        *("find_master_faces", "api.master_face.MasterFaces"),
        *("try_master_key", "api.master_key.TriedMasterKey"),
        *("change_photos", "api.evasion.ChangedPhotos"),
    ),
    "Faces from templates": (
        *("invert_templates", "audit.inversion.inverted.InvertedTemplates"),
        *("rebuild_face", "api.rebuilding.RebuiltFace"),
    ),
    "Attributes in templates": (
        *("infer_attributes", "api.attribute_inference.InferredAttributes"),
    ),
    "Mitigations of backdoors": (
        *("filter_training_set", "fit_input_filter", "repair_identifier"),
        *(
            "api.backdoor_mitigations.FilteredTrainingSet",
            "api.backdoor_mitigations.FittedInputFilter",
        ),
        "api.backdoor_repair.RepairedIdentifier",
    ),
    "Keys and finished systems": (
        *("scan_identifier", "api.scan.IdentifierScan"),
        *("scan_embedder", "api.scan_embedder.EmbedderScan"),
        *("scan_and_repair", "api.scan_and_repair.ScannedRepair"),
        *("landmark_shift", "protocols.landmark_shift.LandmarkShift"),
    ),
    "Copies": ("extract_copy", "api.extraction.ExtractedCopy"),
    "The gate": ("check_lists", "gate.examine.Gate"),
}
"""Names of `faceaudit`, and classes that its calls return, by what they are about."""

ERRORS = "Errors"
SECTIONS = ("Args", "Attributes", "Returns", "Raises", "Example")

WIDTH = 110
HEAD = """# API

Made from the docstrings by `make api`. [quickstart.md](quickstart.md) shows these calls at work.
"""


def main() -> None:
    """Print the page."""
    sys.stdout.write(page())


def page() -> str:
    """Return the page as Markdown."""
    blocks = [HEAD]
    for group, names in GROUPS.items():
        blocks += [f"## {group}\n", *(_entry(name) for name in names)]
    blocks += [_arguments(), _errors()]
    return "\n".join(blocks)


def covered() -> set[str]:
    """Return the names of `faceaudit` that the page has."""
    errors = {name for name in faceaudit.__all__ if _is_error(getattr(faceaudit, name))}
    return {name for names in GROUPS.values() for name in names} | errors


def _is_error(value: object) -> bool:
    return inspect.isclass(value) and issubclass(value, faceaudit.FaceAuditError)


def _entry(name: str) -> str:
    """Return a name's heading, signature and docstring, with the public methods of a class."""
    module, _, last = f"faceaudit.{name}".rpartition(".")
    value = getattr(importlib.import_module(module), last)
    text = _text(inspect.getdoc(value) or "")
    if not inspect.isclass(value):
        return f"### `faceaudit.{last}`\n\n{_signature(last, value)}\n{text}"
    of = "" if module == "faceaudit" else f"A class of `{module}`.\n\n"
    methods = [_wrapped(f"- `.{one}`: {_first_line(part)}") for one, part in _methods(value)]
    listed = "".join(f"{line}\n" for line in methods)
    after = f"\n**Methods and properties:**\n\n{listed}" if listed else ""
    return f"### `{name if not of else last}`\n\n{of}{text}{after}"


def _methods(value: type) -> Iterator[tuple[str, object]]:
    """Yield the public methods and properties that a class of ours has, with their arguments."""
    for name, raw in vars(value).items():
        part = raw.__func__ if isinstance(raw, classmethod | staticmethod) else raw
        if name.startswith(("_", "model_")):
            continue
        if isinstance(part, property):
            yield name, part
        elif inspect.isfunction(part):
            named = inspect.signature(part).parameters
            yield f"{name}({', '.join(one for one in named if one not in ('self', 'cls'))})", part


def _first_line(value: object) -> str:
    return (inspect.getdoc(value) or "").split("\n\n")[0].replace("\n", " ")


def _signature(name: str, call: Any) -> str:
    """Return a call with its arguments, one a line, as a block of Python."""
    lines, only = [], False
    signature = inspect.signature(call)
    for one in signature.parameters.values():
        if one.kind is one.KEYWORD_ONLY and not only:
            lines.append("*,")
            only = True
        star = "**" if one.kind is one.VAR_KEYWORD else ""
        default = "" if one.default is one.empty else f" = {_default(one.default)}"
        lines.append(f"{star}{one.name}: {one.annotation}{default},")
    inner = "".join(f"    {line}\n" for line in lines)
    return f"```python\n{name}(\n{inner}) -> {signature.return_annotation}\n```\n"


def _default(value: object) -> str:
    return "silent" if isinstance(value, Silent) else repr(value).replace("'", '"')


def _text(doc: str) -> str:
    """Return a docstring as Markdown: lists for arguments and errors, blocks for examples."""
    doc = re.sub(r"\n\n(?=>>>)", "\n\nExample:\n", doc)
    first, *parts = re.split(rf"^({'|'.join(SECTIONS)}):\n", doc, flags=re.MULTILINE)
    blocks = ["\n\n".join(_wrapped(one) for one in first.strip().split("\n\n")) + "\n"]
    for heading, part in zip(parts[::2], parts[1::2], strict=True):
        body = textwrap.dedent(part).strip("\n")
        if heading == "Example":
            code = textwrap.dedent(body.removeprefix("::")).strip("\n")
            kind = "pycon" if code.startswith(">>>") else "python"
            blocks.append(f"```{kind}\n{code}\n```\n")
        elif heading == "Returns":
            blocks.append(_wrapped(f"**Returns:** {body}") + "\n")
        else:
            blocks.append(f"**{heading}:**\n\n{_list(body)}\n")
    return "\n".join(blocks)


def _list(body: str) -> str:
    """Return `name: text` lines, each with its continuation, as a list."""
    items = re.sub(r"\n +", " ", body).splitlines()
    return "\n".join(_wrapped(re.sub(r"^([\w, ]+): ", r"- `\1`: ", item)) for item in items)


def _wrapped(text: str) -> str:
    """Return a paragraph, or an item of a list, in lines of one width."""
    return textwrap.fill(
        " ".join(text.split()),
        WIDTH,
        subsequent_indent="  " if text.startswith("- ") else "",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _arguments() -> str:
    """Return what the names of types in signatures stand for."""
    lines = ["## What may be given\n"]
    folder = Path(importlib.import_module("faceaudit.api").__path__[0])
    for file in sorted(folder.glob("*.py")):
        for name, value, doc in _constants(ast.parse(file.read_text("utf-8")).body):
            if re.fullmatch(r"\w+Like|Cache|StrPath", name):
                lines.append(_wrapped(f"- `{name}` is `{value}`: {doc}"))
    return "\n".join(lines) + "\n"


def _constants(body: Iterable[ast.stmt]) -> Iterator[tuple[str, str, str]]:
    """Yield the name, the value and the docstring of each constant that has one."""
    for one, after in itertools.pairwise(body):
        if isinstance(one, ast.Assign) and isinstance(after, ast.Expr):
            doc = ast.literal_eval(after.value)
            yield ast.unparse(one.targets[0]), ast.unparse(one.value), str(doc)


def _errors() -> str:
    tree = inspect.getdoc(importlib.import_module("faceaudit.errors")) or ""
    return f"## {ERRORS}\n\n```text\n{tree}\n```\n"


if __name__ == "__main__":
    main()
