"""The last matrix of an identifier, where its module shows one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from faceaudit.deferred import deferred
from faceaudit.systems.under_test.base import Access, IdentifierUnderTest
from faceaudit.types import FloatArray

if TYPE_CHECKING:
    from torch import nn
else:
    nn = deferred("torch.nn")


def last_matrix(system: IdentifierUnderTest) -> tuple[FloatArray, FloatArray] | None:
    """Return the (K, E) weights and (K,) biases of the last dense layer over the K people.

    Returns:
        None where the system shows no module, or its last dense layer has other sizes.
    """
    if Access.GRADIENTS not in system.access:
        return None
    module = system.differentiable()
    dense = [part for part in module.modules() if isinstance(part, nn.Linear)]
    if not dense or dense[-1].out_features != len(system.names):
        return None
    weight = dense[-1].weight.detach().float().cpu().numpy()
    bias = dense[-1].bias
    if bias is None:
        return weight, weight[:, 0] * 0
    return weight, bias.detach().float().cpu().numpy()
