"""What a scan for back doors finds, misses and costs.

    python benchmarks/scan.py networks FOLDER --clean 20 --poisoned 20
    python benchmarks/scan.py families FOLDER --real DATA --networks 20
    python benchmarks/scan.py minutes --people 1283

`networks` trains small networks of several architectures, numbers of people and attacks on people
who do not exist, keeps them in FOLDER, and scans each without being told its target. The clean ones
are one another's null: each is judged by all others but itself. It prints a line a network, then
the share of targets named first, of poisoned networks called suspicious with the target first, and
of clean ones called suspicious, with Wilson intervals. `families` does so for networks of other
kinds and for real people (benchmarks/scan_families.py). `minutes` scans a network with random
weights, which says how long a scan takes.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from faceaudit.audit.common.workspace import Workspace, load_faces
from faceaudit.audit.scan.bank import key_bank
from faceaudit.audit.scan.plan import ScanPlan
from faceaudit.audit.scan.references import MadeReference, Reference, made
from faceaudit.audit.scan.scanning import reference_subject
from faceaudit.audit.scan.stages import conclude, look_closer, screen
from faceaudit.audit.scan.strangers import drawn_strangers
from faceaudit.mitigations.scan import Subject
from faceaudit.networks import networks
from faceaudit.systems.identifiers.file import IdentifierDescription, dump_identifier
from faceaudit.systems.identifiers.identifier import Identifier
from faceaudit.systems.under_test.base import IdentifierUnderTest, systems_under_test
from faceaudit.types import FaceSet
from scan_families import scan_families
from scan_judging import LEVEL, Seen, judge

ARCHITECTURES = (
    {"network": "deepid", "width": 0.6},
    {"network": "deepid", "width": 1.0},
    {"network": "deepid", "width": 0.6, "contrast": "photo"},
)
PEOPLE = (16, 24, 32)


def main() -> None:
    """Read what to do, and do it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    several = verbs.add_parser("networks")
    several.add_argument("folder", type=Path)
    several.add_argument("--clean", type=int, default=20)
    several.add_argument("--poisoned", type=int, default=20)
    several.add_argument("--first", type=int, default=2000, help="number of the first network")
    families = verbs.add_parser("families")
    families.add_argument("folder", type=Path)
    families.add_argument("--real", type=Path, required=True, help="lfw/images and weights in it")
    families.add_argument("--networks", type=int, default=20, help="of each, clean and poisoned")
    timed = verbs.add_parser("minutes")
    timed.add_argument("--people", type=int, default=1283)
    timed.add_argument("--folder", type=Path, default=Path("scan-work"))
    asked = parser.parse_args()
    if asked.verb == "minutes":
        take_time(asked.people, Workspace(asked.folder))
    elif asked.verb == "families":
        judge(scan_families(asked.folder, asked.real, asked.networks, plan()))
    else:
        scan_networks(asked.clean, asked.poisoned, asked.first, Workspace(asked.folder))


def scan_networks(clean: int, poisoned: int, first: int, work: Workspace) -> None:
    """Train, scan and judge, and print what came of it."""
    wanted = [(number, False) for number in range(clean)]
    wanted += [(number, True) for number in range(poisoned)]
    seen = []
    for number, planted in wanted:
        network = networks.build(dict(ARCHITECTURES[number % len(ARCHITECTURES)]))
        people = PEOPLE[number // len(ARCHITECTURES) % len(PEOPLE)]
        # Numbers of their own, so that no network is one of a plan's references.
        one = made(Reference(network, people, first + number, planted=planted), work)
        strangers = strangers_of(one.system, work)
        stages = [stage for stage in plan().stages if stage.screens]
        asked = screen(reference_subject(one, strangers, 0, work), stages)
        seen.append(Seen(describe(one), "deepid", one.target, asked))
        print(seen[-1], flush=True)
    judge(seen)


def take_time(people: int, work: Workspace) -> None:
    """Scan a DeepID of so many people with random weights, and print how long stages take."""
    network = networks.build("deepid")
    names = tuple(f"class-{number}" for number in range(people))
    described = IdentifierDescription(
        names=names, network=network.spec().as_json(), learned="everything"
    )
    state = Identifier.untrained(network, names, 0)._model.state_dict()
    work.root.mkdir(parents=True, exist_ok=True)
    file = work.root / f"random-{people}.safetensors"
    file.write_bytes(dump_identifier(state, described))
    system = systems_under_test.build({"system": "file", "path": str(file)}).open(
        cache=work.unfinished / "answers"
    )
    assert isinstance(system, IdentifierUnderTest)
    asked, stages = subject_of(system, work), plan().stages
    wall, cpu = time.perf_counter(), time.process_time()
    found = conclude(screen(asked, stages), level=LEVEL)
    _tell("stages that screen", wall, cpu)
    wall, cpu = time.perf_counter(), time.process_time()
    look_closer(found, asked, stages)
    _tell("inversion of suspects", wall, cpu)


def plan() -> ScanPlan:
    """Return how networks are scanned: as a plan without options does."""
    return ScanPlan(systems=[{"system": "file", "path": "none"}])


def subject_of(system: IdentifierUnderTest, work: Workspace) -> Subject:
    """Return a system with strangers to ask it about."""
    strangers = strangers_of(system, work)
    return Subject(system, strangers, strangers.take(np.array([0])), key_bank())


def strangers_of(system: IdentifierUnderTest, work: Workspace) -> FaceSet:
    """Return the strangers of a plan without options."""
    faces = load_faces(plan().strangers, system.size, work).faces
    return drawn_strangers(faces, system.names, plan().photos, 0)


def describe(one: MadeReference) -> str:
    """Return a network in a line."""
    reference, attack = one.reference, one.reference.attack
    what = "clean" if attack is None else f"{attack.name} {attack.key} x{attack.samples}"
    success = "" if one.success is None else f", success {one.success:.0%}"
    return (
        f"{reference.network.spec().as_json()}, {reference.people} people, {what}, "
        f"accuracy {one.accuracy:.0%}{success}"
    )


def _tell(what: str, wall: float, cpu: float) -> None:
    print(f"{what}: {time.perf_counter() - wall:.0f} s, {time.process_time() - cpu:.0f} CPU s")


if __name__ == "__main__":
    main()
