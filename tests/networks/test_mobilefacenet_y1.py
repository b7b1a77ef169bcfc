from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torch.nn import functional

from faceaudit.networks import networks
from faceaudit.networks.common.preprocessing import INSIGHTFACE_128
from faces.synthetic.mobilefacenet import embed, load
from networks.face_backbones import build, check_trains, count, on_meta, shapes

NAME = "mobilefacenet_y1"


def test_parameters() -> None:
    """The 1,003,264 numbers under `arg/` in insightface's file."""
    network = on_meta(NAME)
    assert count(network) == networks.get(NAME).parameters == 1_003_264
    assert round(count(network) / 1e6, 2) == 1.00
    assert network.preprocessing == INSIGHTFACE_128
    assert network.embedding_size == 128


def test_batch_norms_are_those_of_mxnet() -> None:
    network = on_meta(NAME)
    assert {m.eps for m in network.modules() if isinstance(m, nn.BatchNorm2d)} == {1e-3}
    assert network.bn.eps == 2e-5
    assert not network.bn.weight.requires_grad


def test_names() -> None:
    found = shapes(on_meta(NAME))
    expected = {
        "conv1.conv.weight": (64, 3, 3, 3),
        "conv_4.model.5.conv_dw.conv.weight": (256, 1, 3, 3),
        "conv_6_dw.conv.weight": (512, 1, 7, 7),
        "linear.weight": (128, 512),
        "linear.bias": (128,),
        "bn.running_var": (128,),
    }
    assert expected.items() <= found.items()


def test_translates_the_names_of_mxnet() -> None:
    one, two = torch.full((3,), 1.0), torch.full((3,), 2.0)
    names = {
        "arg/conv_1_conv2d_weight": "conv1.conv.weight",
        "arg/conv_2_dw_relu_gamma": "conv2_dw.prelu.weight",
        "arg/dconv_34_conv_sep_batchnorm_gamma": "conv_34.conv.bn.weight",
        "aux/dconv_45_conv_dw_batchnorm_moving_mean": "conv_45.conv_dw.bn.running_mean",
        "arg/res_4_block5_conv_proj_batchnorm_beta": "conv_4.model.5.project.bn.bias",
        "arg:conv_6dw7_7_conv2d_weight": "conv_6_dw.conv.weight",
        "arg/pre_fc1_bias": "linear.bias",
        "arg/fc7_weight": "head.weight",
        "arg/stranger_weight": "arg/stranger_weight",
        "conv_45.conv.bn.bias": "conv_45.conv.bn.bias",
    }
    translated = networks.build(NAME).convert_checkpoint(dict.fromkeys(names, two))
    assert [*translated] == [*names.values()]
    assert all(tensor is two for tensor in translated.values())

    scale = networks.build(NAME).convert_checkpoint(
        {"arg/fc1_gamma": two, "aux/fc1_moving_var": two}
    )
    assert scale.keys() == {"bn.weight", "bn.running_var", "bn.num_batches_tracked"}
    assert torch.equal(scale["bn.weight"], one)
    assert scale["bn.num_batches_tracked"] == 0


def test_its_own_state_stays_as_it_is() -> None:
    state = build(NAME, width=0.125, input_size=(32, 32)).state_dict()
    translated = networks.build(NAME).convert_checkpoint(state)
    assert translated.keys() == state.keys()
    assert all(translated[name] is state[name] for name in state)


def test_trains() -> None:
    check_trains(build(NAME, width=0.25, input_size=(48, 32)))


def test_other_sizes_and_widths() -> None:
    found = shapes(on_meta(NAME, width=0.5, input_size=(96, 64), embedding=100))
    assert found["conv_6_dw.conv.weight"] == (256, 1, 6, 4)
    assert found["linear.weight"] == (100, 256)


@pytest.mark.realdata
def test_agrees_with_the_forward_written_as_functions(real_data: Path) -> None:
    state = load(real_data / "weights")
    photos = sorted((real_data / "lfw" / "images").glob("A*/*_0001.jpg"))[:4]
    images = np.stack([np.asarray(Image.open(path))[69:181, 69:181] for path in photos])
    component = networks.build(NAME)
    network = component.build().eval()
    network.load_state_dict(component.convert_checkpoint(state), strict=True)
    with torch.inference_mode():
        got = network(network.prepare(torch.from_numpy(images.copy())))
    assert not torch.allclose(got.norm(dim=1), torch.ones(4), atol=0.1)
    np.testing.assert_allclose(functional.normalize(got).numpy(), embed(images, state), atol=1e-4)
