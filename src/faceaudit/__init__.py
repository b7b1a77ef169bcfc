"""Audits of face recognition: what an attacker can do, and whether a mitigation really helps.

    import faceaudit

    done = faceaudit.run("plan.yaml", store="audit")  # every case once; goes on where it was
    for row in faceaudit.results("audit"):
        print(row.attack, row.metric, row.value, row.low, row.high, row.n)

Importing it is quick: what a name needs is loaded when the name is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

__version__ = "0.1.0"

__all__ = [
    "CaseError",
    "Embedder",
    "FaceAuditError",
    "FaceSet",
    "InputError",
    "OptionError",
    "PairSet",
    "PairsError",
    "PhotoError",
    "Plan",
    "ProcessRunner",
    "RayRunner",
    "SourceError",
    "SplitError",
    "Store",
    "StoreError",
    "UnknownName",
    "Verifier",
    "WeightsError",
    "__version__",
    "attacked_pairs",
    "backbone_leak",
    "change_photos",
    "check",
    "check_limits",
    "check_lists",
    "clean_store",
    "compare",
    "compare_photos",
    "components",
    "copy_store",
    "draft_plan",
    "embed",
    "evaluate_identification",
    "evaluate_scores",
    "evaluate_verification",
    "export_report",
    "export_store",
    "extract_copy",
    "filter_training_set",
    "find_master_faces",
    "fit_input_filter",
    "identify",
    "infer_attributes",
    "invert_templates",
    "judge",
    "landmark_shift",
    "link_templates",
    "list_store",
    "load_faces",
    "load_network",
    "load_plan",
    "load_scored_pairs",
    "load_verifier",
    "poison",
    "put_key",
    "rebuild_face",
    "repair_identifier",
    "report_parts",
    "report_values",
    "results",
    "run",
    "scan_and_repair",
    "scan_embedder",
    "scan_identifier",
    "score_pairs",
    "serve",
    "system_under_test",
    "train_embedder",
    "train_verifier",
    "try_enrolment_key",
    "try_master_key",
    "unlinkability",
    "verify",
    "verify_store",
    "write_report",
]

if TYPE_CHECKING:
    from faceaudit.api.attacked_pairs import attacked_pairs
    from faceaudit.api.attribute_inference import infer_attributes
    from faceaudit.api.audits import check, run
    from faceaudit.api.backbone_membership import backbone_leak
    from faceaudit.api.backdoor_keys import put_key
    from faceaudit.api.backdoor_mitigations import filter_training_set, fit_input_filter
    from faceaudit.api.backdoor_repair import repair_identifier
    from faceaudit.api.comparison import compare
    from faceaudit.api.components import components
    from faceaudit.api.embedding import embed, load_network
    from faceaudit.api.enrolment import try_enrolment_key
    from faceaudit.api.evaluation import evaluate_identification, evaluate_verification
    from faceaudit.api.evasion import change_photos
    from faceaudit.api.exports import export_report
    from faceaudit.api.extraction import extract_copy
    from faceaudit.api.faces import load_faces
    from faceaudit.api.identify import identify
    from faceaudit.api.init import draft_plan
    from faceaudit.api.inversion import invert_templates
    from faceaudit.api.landmark_shift import landmark_shift
    from faceaudit.api.limits import check_limits
    from faceaudit.api.linkage import link_templates, unlinkability
    from faceaudit.api.lists import check_lists
    from faceaudit.api.master_face import find_master_faces
    from faceaudit.api.master_key import try_master_key
    from faceaudit.api.photo_comparison import compare_photos
    from faceaudit.api.poisoning import judge, poison
    from faceaudit.api.pretraining import train_embedder
    from faceaudit.api.rebuilding import rebuild_face
    from faceaudit.api.report_parts import report_parts
    from faceaudit.api.reports import report_values, write_report
    from faceaudit.api.results import results
    from faceaudit.api.scan import scan_identifier
    from faceaudit.api.scan_and_repair import scan_and_repair
    from faceaudit.api.scan_embedder import scan_embedder
    from faceaudit.api.scored_pairs import load_scored_pairs, score_pairs
    from faceaudit.api.scores import evaluate_scores
    from faceaudit.api.serve import serve
    from faceaudit.api.store_cleaning import clean_store
    from faceaudit.api.store_copies import copy_store
    from faceaudit.api.store_exports import export_store
    from faceaudit.api.store_listing import list_store
    from faceaudit.api.stores import verify_store
    from faceaudit.api.systems import system_under_test
    from faceaudit.api.training import train_verifier
    from faceaudit.api.verifiers import load_verifier, verify
    from faceaudit.audit.plan import Plan
    from faceaudit.audit.plan_file import load_plan
    from faceaudit.audit.runners.cluster import RayRunner
    from faceaudit.audit.runners.processes import ProcessRunner
    from faceaudit.errors import (
        CaseError,
        FaceAuditError,
        InputError,
        OptionError,
        PairsError,
        PhotoError,
        SourceError,
        SplitError,
        StoreError,
        UnknownName,
        WeightsError,
    )
    from faceaudit.store import Store
    from faceaudit.systems.embedding.embedder import Embedder
    from faceaudit.systems.verifiers.verifier import Verifier
    from faceaudit.types import FaceSet, PairSet
else:
    # Type checkers see the imports above and so refuse a misspelled name; everybody else loads a
    # name's module when the name is first used (PEP 562).
    _MODULES = {
        "faceaudit.api.attacked_pairs": ("attacked_pairs",),
        "faceaudit.api.attribute_inference": ("infer_attributes",),
        "faceaudit.api.audits": ("check", "run"),
        "faceaudit.api.backbone_membership": ("backbone_leak",),
        "faceaudit.api.backdoor_keys": ("put_key",),
        "faceaudit.api.backdoor_mitigations": ("filter_training_set", "fit_input_filter"),
        "faceaudit.api.backdoor_repair": ("repair_identifier",),
        "faceaudit.api.comparison": ("compare",),
        "faceaudit.api.components": ("components",),
        "faceaudit.api.embedding": ("embed", "load_network"),
        "faceaudit.api.evasion": ("change_photos",),
        "faceaudit.api.enrolment": ("try_enrolment_key",),
        "faceaudit.api.evaluation": ("evaluate_identification", "evaluate_verification"),
        "faceaudit.api.exports": ("export_report",),
        "faceaudit.api.extraction": ("extract_copy",),
        "faceaudit.api.faces": ("load_faces",),
        "faceaudit.api.identify": ("identify",),
        "faceaudit.api.init": ("draft_plan",),
        "faceaudit.api.inversion": ("invert_templates",),
        "faceaudit.api.landmark_shift": ("landmark_shift",),
        "faceaudit.api.limits": ("check_limits",),
        "faceaudit.api.linkage": ("link_templates", "unlinkability"),
        "faceaudit.api.lists": ("check_lists",),
        "faceaudit.api.master_face": ("find_master_faces",),
        "faceaudit.api.master_key": ("try_master_key",),
        "faceaudit.api.photo_comparison": ("compare_photos",),
        "faceaudit.api.poisoning": ("judge", "poison"),
        "faceaudit.api.pretraining": ("train_embedder",),
        "faceaudit.api.rebuilding": ("rebuild_face",),
        "faceaudit.api.report_parts": ("report_parts",),
        "faceaudit.api.reports": ("report_values", "write_report"),
        "faceaudit.api.results": ("results",),
        "faceaudit.api.scan": ("scan_identifier",),
        "faceaudit.api.scan_and_repair": ("scan_and_repair",),
        "faceaudit.api.scan_embedder": ("scan_embedder",),
        "faceaudit.api.scored_pairs": ("load_scored_pairs", "score_pairs"),
        "faceaudit.api.scores": ("evaluate_scores",),
        "faceaudit.api.serve": ("serve",),
        "faceaudit.api.store_cleaning": ("clean_store",),
        "faceaudit.api.store_copies": ("copy_store",),
        "faceaudit.api.store_exports": ("export_store",),
        "faceaudit.api.store_listing": ("list_store",),
        "faceaudit.api.stores": ("verify_store",),
        "faceaudit.api.systems": ("system_under_test",),
        "faceaudit.api.training": ("train_verifier",),
        "faceaudit.api.verifiers": ("load_verifier", "verify"),
        "faceaudit.audit.plan": ("Plan",),
        "faceaudit.audit.plan_file": ("load_plan",),
        "faceaudit.audit.runners.cluster": ("RayRunner",),
        "faceaudit.audit.runners.processes": ("ProcessRunner",),
        "faceaudit.errors": (
            "CaseError",
            "FaceAuditError",
            "InputError",
            "OptionError",
            "PairsError",
            "PhotoError",
            "SourceError",
            "SplitError",
            "StoreError",
            "UnknownName",
            "WeightsError",
        ),
        "faceaudit.store": ("Store",),
        "faceaudit.systems.embedding.embedder": ("Embedder",),
        "faceaudit.systems.verifiers.verifier": ("Verifier",),
        "faceaudit.types": ("FaceSet", "PairSet"),
    }
    _MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}

    def __getattr__(name):
        """Return a public name, its module imported now."""
        if name not in _MODULE_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(importlib.import_module(_MODULE_OF[name]), name)
        return value

    def __dir__():
        """Return the public names."""
        return sorted(__all__)
