"""Contract of the last block of every network: what it is, and that nothing else learns."""

from __future__ import annotations

import copy

import pytest
import torch

from contracts.small_networks import NAMES, built, photos, settled
from faceaudit.networks.common.split_network import SplitNetwork
from faceaudit.systems.identifiers.last_block import LastBlockNetwork, Trunk
from faceaudit.training.classifier import Classifier

DEEPER = {"attention92", "swin_s", "repvgg_b1", "repvgg_b0"}
"""Networks with more of the same blocks than another."""


@pytest.fixture(
    params=[pytest.param(one, marks=pytest.mark.slow) if one in DEEPER else one for one in NAMES]
)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def split(name: str) -> SplitNetwork:
    """Return a network of its own, whose batch norms have seen photos."""
    module = copy.deepcopy(settled(name))
    assert isinstance(module, SplitNetwork)
    return module


def of_block(network: SplitNetwork) -> set[str]:
    """Return the names of the parameters and statistics of the last block."""
    own = {
        id(tensor)
        for module in network.last_block()
        for tensor in (*module.parameters(), *module.buffers())
    }
    named = (*network.named_parameters(), *network.named_buffers())
    return {name for name, tensor in named if id(tensor) in own}


def test_both_parts_together_are_the_network(name: str) -> None:
    network = split(name)
    prepared = network.prepare(photos(network))
    with torch.no_grad():
        whole = network(prepared)
        maps = Trunk(network).encode(prepared)
        block = LastBlockNetwork(network, Trunk(network).shape).eval()
        parted = block(block.prepare(maps))
    torch.testing.assert_close(parted, whole, atol=1e-5 * float(whole.abs().max()), rtol=0)


def test_the_last_block_is_a_part_and_all_that_comes_behind_it(name: str) -> None:
    network = built(name).eval()
    assert isinstance(network, SplitNetwork)
    parameters = {one for one, tensor in network.named_parameters() if tensor.requires_grad}
    block = of_block(network) & parameters
    assert block
    assert block < parameters
    with torch.no_grad():
        maps = network.trunk(network.prepare(photos(network)))
    network.finish(maps).square().sum().backward()  # type: ignore[no-untyped-call]
    assert {one for one, tensor in network.named_parameters() if tensor.grad is not None} == block


def test_nothing_else_changes_while_it_learns(name: str) -> None:
    network = split(name)
    before = copy.deepcopy(network.state_dict())
    trunk = Trunk(network)
    model = Classifier(LastBlockNetwork(network, trunk.shape), 3, 0.2)
    inside = model.network._whole[0]  # type: ignore[index]
    assert isinstance(inside, SplitNetwork)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    labels = torch.tensor([0, 1, 2, 0])
    with torch.no_grad():
        maps = trunk.encode(network.prepare(photos(network)))
    model.train()
    loss = model.loss(model(model.network.prepare(maps)), labels)
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    learned = inside.state_dict()
    moved = {one for one in learned if not torch.equal(learned[one], before[one])}
    assert moved
    assert moved <= of_block(inside)
    assert all(torch.equal(value, before[one]) for one, value in network.state_dict().items())
    weights = {one for one in model.state_dict() if one.startswith("network.")}
    assert len(weights) == sum(len(one.state_dict()) for one in inside.last_block())
