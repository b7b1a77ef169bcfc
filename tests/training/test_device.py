"""One rule decides where everything is computed."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from faceaudit.errors import InputError
from faceaudit.training.device import choose_device
from faceaudit.training.options import Training


def test_a_gpu_is_taken_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device() == choose_device("cuda") == torch.device("cuda")
    assert choose_device("cpu") == torch.device("cpu")


def test_the_cpu_is_taken_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device() == choose_device("cpu") == torch.device("cpu")


def test_cuda_where_there_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match="expected a CUDA device, got none; try `device: auto`"):
        choose_device("cuda")
    with pytest.raises(InputError, match="expected a CUDA device, got none; try `device: auto`"):
        Training(device="cuda").torch_device()


def test_one_of_several_gpus_and_torch_devices_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert (
        choose_device("cuda:1") == choose_device(torch.device("cuda:1")) == torch.device("cuda:1")
    )
    assert choose_device(torch.device("cuda")) == torch.device("cuda")
    assert choose_device(torch.device("cpu")) == torch.device("cpu"), "not the GPU"
    with pytest.raises(InputError, match=r"expected one of 2 CUDA devices.*got 'cuda:2'"):
        choose_device("cuda:2")


@pytest.mark.parametrize("cuda", [False, True])
@pytest.mark.parametrize(
    "choice", ["gpu", None, 3, "x", "", "cuda:", "cuda:x", torch.device("meta")]
)
def test_what_is_no_device_is_refused(
    monkeypatch: pytest.MonkeyPatch, choice: Any, *, cuda: bool
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    with pytest.raises(InputError, match=r"expected a device \(auto, cpu, cuda\), got .*; try"):
        choose_device(choice)
