"""Models that are brought: told by their bytes, and hostile ones refused in words."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile

import pytest
import torch

from app.apptests import complaints
from app.scans import model
from app.test_scan import chosen, show
from app.test_uploads import Brought, hostile
from faceaudit.app import texts
from faceaudit.app.parts.scan import choice
from faceaudit.app.parts.scan.models import model_of
from faceaudit.app.settings import VARIABLE, Settings
from faceaudit.app.uploads import UploadError

MEGABYTE = 1024 * 1024
ONNX = b"\x08\x08\x12\x07pytorch" + bytes(40)


class Harm:
    """What runs a program where it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (open, ("/tmp/never-made-by-a-scan", "w"))  # type: ignore[return-value]


def torch_file(*, zipped: bool) -> bytes:
    out = io.BytesIO()
    torch.save({"a": torch.zeros(2)}, out, _use_new_zipfile_serialization=zipped)
    return out.getvalue()


def keras_archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("config.json", "{}")
    return out.getvalue()


def test_models_are_told_by_their_bytes() -> None:
    assert model_of(Brought(model())) == ("safetensors", model())
    assert model_of(Brought(b"\x89HDF\r\n\x1a\n" + bytes(9)))[0] == "keras"
    assert model_of(Brought(ONNX))[0] == "onnx"


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"", "app.upload_empty"),
        (struct.pack("<Q", 2) + b"{}" + bytes(20 * MEGABYTE), "app.upload_large"),
        (torch_file(zipped=True), "scan.upload_pickle"),
        (torch_file(zipped=False), "scan.upload_pickle"),
        (keras_archive(), "scan.upload_pickle"),
        *((pickle.dumps(Harm(), number), "scan.upload_pickle") for number in range(6)),
        (model()[:200], "scan.upload_cut"),
        (struct.pack("<Q", 2**62) + b"{" + bytes(90), "scan.upload_cut"),
        (b"hello, I am a model", "scan.upload_format"),
        (b"cats", "scan.upload_format"),
        (b"\x7fELF" + bytes(90), "scan.upload_format"),
        (b"\x08", "scan.upload_format"),
        (b"\x08\xff" + bytes(90), "scan.upload_format"),
    ],
    ids=[
        *("empty", "large", "torch", "old torch", "zip"),
        *(f"pickle {number}" for number in range(6)),
        *("cut", "long header", "text", "cats", "program", "one byte", "version"),
    ],
)
def test_each_failure_has_its_words(data: bytes, key: str) -> None:
    with pytest.raises(UploadError) as caught:
        model_of(Brought(data))
    assert caught.value.key == key
    assert "{" not in caught.value.words


def test_twenty_megabytes_are_taken() -> None:
    whole = struct.pack("<Q", 2) + b"{}"
    data = whole + bytes(20 * MEGABYTE - len(whole))
    assert model_of(Brought(data))[0] == "safetensors"


def test_no_hostile_photo_is_a_model() -> None:
    for data in hostile().values():
        with pytest.raises(UploadError):
            model_of(Brought(data))


def test_a_page_refuses_a_pickle_in_words_and_starts_nothing(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, Settings(folder=str(tmp_path)).model_dump_json())
    monkeypatch.setattr(choice, "begin", lambda *_, **__: pytest.fail("a pickle was handed over"))
    monkeypatch.setattr("faceaudit.app.parts.waiting.work.start", lambda *_, **__: None)
    page = chosen(show().run(), "upload")
    page.file_uploader[0].upload("<b>.safetensors", torch_file(zipped=True), "x/y").run()
    next(one for one in page.button if one.key == "scan_start").click().run()
    assert complaints(page) == [texts.words("en", "scan")["upload_pickle"]]
