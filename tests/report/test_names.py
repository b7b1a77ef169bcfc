from __future__ import annotations

from faceaudit.attacks.backdoor.base import backdoor_attacks
from faceaudit.attacks.membership.base import membership_attacks
from faceaudit.mitigations.membership.base import membership_mitigations
from faceaudit.networks.base import networks
from faceaudit.report.backdoor.attack_series import ATTACKS as BACKDOOR_ATTACKS
from faceaudit.report.membership.words import ATTACKS, MITIGATIONS, attack_name
from faceaudit.report.names import NETWORKS


def test_only_registered_names_are_put_into_words() -> None:
    assert set(BACKDOOR_ATTACKS) <= set(backdoor_attacks.names())
    assert set(ATTACKS) <= set(membership_attacks.names())
    assert set(MITIGATIONS) <= set(membership_mitigations.names())
    assert set(NETWORKS) <= set(networks.names())


def test_the_attack_that_facebone_was_published_with_is_called_so() -> None:
    name = "FaceBone\N{RIGHT SINGLE QUOTATION MARK}s attack"
    assert attack_name("black_box") == name
    assert attack_name("black_box in-sample") == f"{name} in-sample"
