"""docs/report.md: it has the rule of every piece of advice, and no other."""

from __future__ import annotations

import ast
import re

from faceaudit.audit.kinds import KINDS
from helpers.documents import ROOT

PAGE = (ROOT / "docs" / "report.md").read_text("utf-8").partition("\n### Advice\n")[2]
TABLE = PAGE.partition("\n## ")[0]
KINDS_OF_AUDIT = {kind.name for kind in KINDS}
FILES = sorted(
    path
    for path in (ROOT / "src" / "faceaudit" / "report").glob("*/*.py")
    if path.parent.name in KINDS_OF_AUDIT and "Advice(" in path.read_text("utf-8")
)


def rules_in_code() -> dict[str, set[str]]:
    """Return the rules that advice is given by, and the kinds that give it."""
    found: dict[str, set[str]] = {}
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Advice":
                assert isinstance(node.args[1], ast.Constant)
                found.setdefault(str(node.args[1].value), set()).add(path.parent.name)
    return found


def test_every_rule_of_the_code_is_in_the_table_with_its_kind() -> None:
    rows = re.findall(r"^\| ([a-z ]+) \| .+ \| ([a-z_, ]+) \|$", TABLE, re.MULTILINE)
    everybody = {path.parent.name for path in FILES}
    said = {name: kind for name, kind in rows if name != "rule"}
    code = rules_in_code()
    assert set(said) == set(code)
    for name, kinds in code.items():
        assert kinds == (everybody if said[name] == "all" else set(said[name].split(", "))), name
