from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner, Result

from faceaudit.cli.weights import app
from faceaudit.errors import OptionError, UnknownName, WeightsError
from faceaudit.networks import networks
from networks.onnx_graphs import save, small


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments)])


def printed(*arguments: object) -> str:
    done = call(*arguments)
    assert done.exit_code == 0, done.exception
    return " ".join(done.output.split())


@pytest.fixture
def deepid(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    state = networks.build({"network": "deepid", "width": 0.3}).build().state_dict()
    content = {f"module.{name}": tensor for name, tensor in state.items()}
    torch.save({"epoch": 68, "state_dict": content}, tmp_path / "deepid.pt")
    return tmp_path / "deepid.pt"


def test_inspect(deepid: Path) -> None:
    said = printed("inspect", deepid)
    for text in (
        "format pytorch",
        f"sha256 {hashlib.sha256(deepid.read_bytes()).hexdigest()}",
        "tensors 11",
        "epoch 68",
        "known as not known",
        "module.conv1.weight 6 x 3 x 4 x 4 float32",
        "module.from_fourth.bias 48 float32",
    ):
        assert text in said
    parameters = sum(p.numel() for p in networks.build("deepid").build().parameters())
    assert f"numbers in them {parameters:,}" not in said, "those of width 1"


def test_inspect_shortens_long_tables(tmp_path: Path) -> None:
    tensors = {f"layer{place:02}": torch.zeros(place) for place in range(40)}
    torch.save(tensors, tmp_path / "many")
    short, long = (
        printed("inspect", tmp_path / "many"),
        printed("inspect", tmp_path / "many", "--all"),
    )
    assert "layer07 7" in short
    assert "... 24 more; list them with --all" in short
    assert "layer32 32" in short
    assert "layer20" not in short
    assert "layer20 20 float32" in long
    assert "--all" not in long


def test_inspect_of_onnx(tmp_path: Path) -> None:
    said = printed("inspect", save(tmp_path / "a.onnx", small(), before=[("Sub", 1), ("Mul", 2)]))
    assert "inputs pixels float (?, 3, 12, 10)" in said
    assert "outputs embedding float (?, 5)" in said
    assert "scaling of pixels done by the graph (it takes RGB 0 to 255)" in said


def test_names_cannot_steer_the_terminal(tmp_path: Path) -> None:
    torch.save({"\x1b[2Jgone": torch.zeros(1), "[bold]x[/]": torch.zeros(2)}, tmp_path / "a")
    output = call("inspect", tmp_path / "a").output
    assert "\x1b[2J" not in output
    assert "[bold]x[/]" in output


def test_load(deepid: Path) -> None:
    said = printed("load", deepid, "--network", "deepid", "--network-set", "width=0.3")
    module = networks.build({"network": "deepid", "width": 0.3}).build()
    parameters = sum(p.numel() for p in module.parameters())
    assert f"fits deepid: 11 tensors, {parameters:,} parameters" in said
    assert "takes 55 high, 47 wide gives 48 numbers" in said
    assert "note 'module.' stripped from the names" in said


def test_load_of_what_does_not_fit(deepid: Path) -> None:
    done = call("load", deepid, "--network", "deepid")
    assert isinstance(done.exception, WeightsError)
    assert "conv1.weight (6, 3, 4, 4) instead of (20, 3, 4, 4)" in str(done.exception)
    wrong = call("load", deepid, "--network", "deepid", "--network-set", "width")
    assert isinstance(wrong.exception, OptionError)
    assert isinstance(call("load", deepid, "--network", "depid").exception, UnknownName)


def test_known_weights_go_by_name(
    deepid: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEAUDIT_CACHE", str(tmp_path / "cache"))
    for verb in (["inspect", "sface"], ["load", "sface", "--network", "deepid"]):
        assert "try `faceaudit weights get sface`" in str(call(*verb).exception)
    file = tmp_path / "cache" / "weights" / "face_recognition_sface_2021dec.onnx"
    file.parent.mkdir(parents=True)
    file.write_bytes(deepid.read_bytes())
    assert "module.conv1.weight" in printed("inspect", "sface")


def test_ls() -> None:
    said = printed("ls")
    assert "yunet none yes WIDER Face MIT" in said
    assert "vggface vggface by hand" in said


def test_get_says_the_licence_before_anything_else(tmp_path: Path) -> None:
    done = call("get", "vggface", "--to", tmp_path)
    assert "licence non-commercial research only" in " ".join(done.output.split())
    assert isinstance(done.exception, WeightsError)
    assert "of which no sha256 is known" in str(done.exception)
    assert isinstance(call("get", "yunett").exception, UnknownName)


@pytest.mark.realdata
def test_a_known_file_is_recognised(real_data: Path) -> None:
    said = printed("inspect", real_data / "weights" / "mobilefacenet_casia_112x96.ckpt")
    assert "known as mobilefacenet_casia licence none stated" in said
    assert "epoch 68" in said
