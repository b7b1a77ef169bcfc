"""Files of models and arrays made by hand to do harm."""

from __future__ import annotations

import io
import json
import pickle
import struct
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

Made = tuple[str, str, str, bytes]


def every() -> Iterator[Made]:
    """Yield all of them."""
    yield from tensors()
    yield from pickles()
    yield from graphs()
    yield from trees()
    for what, content in arrays():
        yield "embeddings", "embedded.npz", what, content


def _header(values: object) -> bytes:
    text = values if isinstance(values, bytes) else json.dumps(values).encode()
    return len(text).to_bytes(8, "little") + text


def tensors() -> Iterator[Made]:
    one = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
    huge = {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}
    for what, content in {
        "a long header": (2**63 - 1).to_bytes(8, "little"),
        "a longer one": (2**64 - 1).to_bytes(8, "little") + b"{}",
        "no header": bytes(8),
        "levels": _header(b"[" * 100_000),
        "mappings": _header(b'{"a":' * 50_000 + b"1" + b"}" * 50_000),
        "the same bytes": _header({"a": one, "b": one}) + bytes(8),
        "before the first": _header({"a": {**one, "data_offsets": [-8, 0]}}) + bytes(8),
        "backwards": _header({"a": {**one, "data_offsets": [8, 0]}}) + bytes(8),
        "larger than the file": _header({"a": huge}) + bytes(8),
        "overflowing": _header({"a": {**one, "shape": [2**32, 2**32, 2**32]}}) + bytes(8),
        "no shape": _header({"a": {**one, "shape": [-1]}}) + bytes(8),
        "no type": _header({"a": {**one, "dtype": "X99"}}) + bytes(8),
        "names": _header({"[/red]\x1b[31m\u202e\ud800": one}) + bytes(8),
        "long names": _header({"x" * 500_000: one}) + bytes(8),
        "many": _header(
            {str(n): {**one, "shape": [0], "data_offsets": [0, 0]} for n in range(20000)}
        ),
        "facts": _header({"__metadata__": {"a": "\x1b[31m" * 90_000}, "a": one}) + bytes(8),
        "facts of another kind": _header({"__metadata__": {"a": [1]}, "a": one}) + bytes(8),
        "numbers": _header(b'{"a": {"dtype": "F32", "shape": [' + b"9" * 90_000 + b"]}}")
        + bytes(8),
    }.items():
        yield "safetensors", "net.safetensors", what, content
        if what in ("facts", "levels", "many", "names", "no header"):
            yield "verifier", "verifier.safetensors", what, content
    for what, text in {
        "no description": "{}",
        "levels": "[" * 50_000,
        "not finite": '{"threshold": NaN, "format": 1e999}',
        "digits": '{"format": ' + "9" * 50_000 + "}",
    }.items():
        facts = {"faceaudit": text, "verifier": text, "description": text}
        yield (
            "verifier",
            "verifier.safetensors",
            f"described: {what}",
            (_header({"__metadata__": facts, "a": one}) + bytes(8)),
        )


class _Call:
    """Pickles as the call of a function."""

    def __init__(self, function: object, *arguments: object) -> None:
        self._call = function, arguments

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return self._call


def _text(word: str) -> bytes:
    return b"X" + struct.pack("<I", len(word)) + word.encode()


def _global(module: str, name: str, *arguments: bytes, end: bytes = b"R.") -> bytes:
    """Return the pickle of a call by name, which needs no such name here."""
    return b"\x80\x02c" + f"{module}\n{name}\n".encode() + b"(" + b"".join(arguments) + b"t" + end


def _programs() -> dict[str, bytes]:
    touch = _text("touch /var/tmp/pwned")
    doubled = b"\x80\x02]q\x00" + b"".join(
        b"]q" + bytes([n + 1]) + (b"h" + bytes([n])) * 0 + (b"(" + (b"h" + bytes([n])) * 9 + b"e")
        for n in range(60)
    )
    number = 2**61 - 1
    alike = b"".join(
        b"\x8a" + bytes([len(raw)]) + raw + b"N"
        for raw in (
            (number * n).to_bytes((number * n).bit_length() // 8 + 1, "little", signed=True)
            for n in range(1, 20_000)
        )
    )
    return {
        "os.system": _global("os", "system", touch),
        "posix.system": _global("posix", "system", touch),
        "subprocess": _global("subprocess", "call", touch),
        "eval": _global("builtins", "eval", _text("open('/var/tmp/pwned', 'w')")),
        "exec of old": _global("__builtin__", "exec", _text("import os; os.abort()")),
        "getattr": _global("builtins", "getattr", _global("os", "path", end=b"")[2:], _text("os")),
        "a dotted name": b"".join(
            (b"\x80\x04", _text("os"), _text("path.os.system"), b"\x93(", touch, b"tR.")
        ),
        "run by numpy": _global("numpy.testing._private.utils", "runstring", touch, b"}"),
        "numpy loads": _global("numpy", "load", _text("/etc/passwd")),
        "torch loads": _global("torch", "load", _text("/etc/passwd")),
        "torch's library": _global("torch.ops", "load_library", _text("/tmp/x.so")),
        "import": _global("importlib", "import_module", _text("antigravity")),
        "an instance": b"(" + touch + b"ios\nsystem\n.",
        "an object": b"(cos\nsystem\n" + touch + b"o.",
        "an extension": b"\x80\x02\x82\x01.",
        "a persistent name": b"Pos.system\n.",
        "built": _global("collections", "OrderedDict", end=b"R")
        + (b"}" + _text("__class__") + b"Nsb."),
        "a file": _global("io", "open", _text("/var/tmp/pwned"), _text("w")),
        "code": _global("types", "CodeType", touch),
        "punycode": _global("_codecs", "encode", _text("x" + "é" * 100_000), _text("punycode")),
        "zlib": _global("_codecs", "decode", b"B" + struct.pack("<I", 9) + bytes(9), _text("zlib")),
        "doubled lists": doubled + b".",
        "levels": b"\x80\x02" + b"(" * 200_000 + b"t" * 200_000 + b".",
        "lists": b"\x80\x02" + b"]" * 200_000 + b"a" * 199_999 + b".",
        "a long integer": b"\x80\x02\x8b" + struct.pack("<i", 10**6) + b"\xff" * 10**6 + b".",
        "digits": b"L" + b"9" * 300_000 + b"L\n.",
        "integers alike": b"\x80\x02}(" + alike + b"u.",
        "a long text": b"\x80\x04\x8d" + struct.pack("<Q", 2**62) + b"x.",
        "long bytes": b"\x80\x04\x8e" + struct.pack("<Q", 2**62) + b"x.",
        "a byte array": b"\x80\x05\x96" + struct.pack("<Q", 2**40) + b"x.",
        "a frame": b"\x80\x04\x95" + struct.pack("<Q", 2**62) + b"N.",
        "memory": b"\x80\x02Nr" + struct.pack("<I", 2**32 - 1) + b".",
        "a future protocol": b"\x80\xffN.",
        "no end": b"\x80\x02" + b"N" * 100_000,
        "nothing": b"",
        "dropped": b"\x80\x02" + b"0" * 100,
        "arrays of objects": pickle.dumps(np.array([_Call(len, ())], dtype=object), 2),
    }  # fmt: skip


def pickles() -> Iterator[Made]:
    for what, content in _programs().items():
        yield "torch", "old.pth", what, content
        yield "bin", "four.bin", what, content
        if what in ("os.system", "integers alike", "doubled lists", "a long integer"):
            out = io.BytesIO()
            with zipfile.ZipFile(out, "w") as file:
                file.writestr("net/data.pkl", content)
                file.writestr("net/version", "3\n")
            yield "torch", "net.pt", f"zipped: {what}", out.getvalue()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("net/data.pkl", b"\x80\x02}.")
        file.writestr("net/data/0", bytes(100_000_000))
    yield "torch", "net.pt", "zipped zeros", out.getvalue()


def arrays() -> Iterator[tuple[str, bytes]]:
    """Yield .npz files: what is wrong with each, and its content."""
    ids = np.array(["a", "b"])
    sound = {"embeddings": np.eye(2, 4, dtype="f4"), "ids": ids, "people": ids}

    def made(**changed: bytes | np.ndarray) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
            for name, value in {**sound, **changed}.items():
                inner = io.BytesIO()
                if isinstance(value, np.ndarray):
                    np.lib.format.write_array(inner, value, allow_pickle=True)
                file.writestr(
                    f"{name}.npy", value if isinstance(value, bytes) else inner.getvalue()
                )
        return out.getvalue()

    def headed(text: str, data: bytes = bytes(64)) -> bytes:
        return made(
            embeddings=b"\x93NUMPY\x01\0" + struct.pack("<H", len(text)) + text.encode() + data
        )

    shape = "{{'descr': '<f4', 'fortran_order': False, 'shape': {}}}"
    yield "objects", made(embeddings=np.array([_Call(print, "ran")], dtype=object))
    yield "objects as ids", made(ids=np.array([_Call(print, "ran")], dtype=object))
    yield "zeros", made(embeddings=np.zeros((10_000, 10_000), "f4"))
    yield "a large shape", headed(shape.format((2**40, 2**20)))
    yield "an overflowing shape", headed(shape.format((2**62, 2**62)))
    yield "a negative shape", headed(shape.format((-1, 4)))
    yield "digits", headed(shape.format("(" + "9" * 5000 + ",)"))
    yield "a program", headed("__import__('os').system('touch /var/tmp/pwned')")
    yield "levels", headed("[" * 5000)
    yield "a long header", headed(" " * 60_000)
    yield "no type", headed("{'descr': 'O8', 'fortran_order': False, 'shape': (2,)}")
    yield "an unknown type", headed("{'descr': '<q99', 'fortran_order': 3, 'shape': 'x'}")
    yield "an empty type", headed("{'descr': '<U0', 'fortran_order': False, 'shape': (9, 9)}")
    yield "letters that are none", made(ids=np.array([0x110000, 1], "u4").view("U1"))
    yield "not finite", made(embeddings=np.full((2, 4), np.nan, "f4"))
    yield "too large", made(embeddings=np.full((2, 4), np.inf, "f8"))
    yield "no dimension", made(embeddings=np.float32(1).reshape(()))
    yield "steering", made(ids=np.array(["[/red]\x1b[31m", "\u202e"]))
    yield "no zip", b"PK\x03\x04" + bytes(999)
    yield "no array", b""


def evidence() -> Iterator[tuple[str, bytes]]:
    """Yield evidence of a case that takes far more room than its file."""
    for what, ids in {
        "ids without an end": np.full(
            16_000_000, "\u0416"
        ),  # 76 bytes each, and a place in a tuple
        "ids of ids": np.full((2, 2, 2), "a"),
        "numbers as ids": np.zeros(100_000),
    }.items():
        out = io.BytesIO()
        np.savez_compressed(out, ids=ids)
        yield what, out.getvalue()


def _own(name: str) -> onnx.NodeProto:
    return helper.make_node(name, ["x"], ["z"], domain="own")


def graphs() -> Iterator[Made]:
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 16, 16])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 4])

    def model(
        nodes: list[onnx.NodeProto], tensors: list[onnx.TensorProto], *functions: object
    ) -> bytes:
        graph = helper.make_graph(nodes, "g", [x], [y], tensors)
        made = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", 15), helper.make_opsetid("own", 1)],
            functions=list(functions),
            ir_version=8,
        )
        return made.SerializeToString()

    many = numpy_helper.from_array(np.array([20_000, 20_000, 4], np.int64), "many")
    fill = helper.make_node("ConstantOfShape", ["many"], ["big"])
    last = [
        helper.make_node("GlobalAveragePool", ["x"], ["p"]),
        helper.make_node("Flatten", ["p"], ["y"]),
    ]
    outside = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[4])
    outside.data_location = TensorProto.EXTERNAL
    for key, value in (
        ("location", "../../../../../etc/passwd"),
        ("offset", "0"),
        ("length", "16"),
    ):
        outside.external_data.add(key=key, value=value)
    claimed = TensorProto(
        name="w", data_type=TensorProto.FLOAT, dims=[2**40, 2**20], raw_data=b"1234"
    )
    functions = [
        helper.make_function(
            "own", f"f{n}", ["a"], ["c"],
            [helper.make_node(f"f{n - 1}" if n else "Identity", ["a"], ["b"],
                              domain="own" if n else ""),
             helper.make_node(f"f{n - 1}" if n else "Identity", ["b"], ["c"],
                              domain="own" if n else "")],
            [helper.make_opsetid("", 15), helper.make_opsetid("own", 1)],
        )
        for n in range(30)
    ]  # fmt: skip
    body = helper.make_graph(
        [helper.make_node("Identity", ["going"], ["on"])],
        "body",
        [helper.make_tensor_value_info("i", TensorProto.INT64, []),
         helper.make_tensor_value_info("going", TensorProto.BOOL, [])],
        [helper.make_tensor_value_info("on", TensorProto.BOOL, [])],
    )  # fmt: skip
    rounds = numpy_helper.from_array(np.array(2**62, np.int64), "rounds")
    yes = numpy_helper.from_array(np.array(True), "yes")
    for what, content in {
        "a file beside": model(last, [outside]),
        "a large claim": model(last, [claimed]),
        "fills the memory": model([fill, *last], [many]),
        "functions": model([_own("f29"), *last], [], *functions),
        "without an end": model([helper.make_node("Loop", ["rounds", "yes"], [], body=body), *last],
                                [rounds, yes]),
        "an unknown operator": model([_own("Evil"), *last], []),
        "nothing": b"",
        "no graph": onnx.ModelProto(ir_version=8).SerializeToString(),
        "of ONNX Runtime": b"\x14\0\0\0ORTM" + bytes(999),
        "parts": b"\x3a\x00" * 500_000,
    }.items():  # fmt: skip
        yield "onnx", "net.onnx", what, content
        if what in ("a file beside", "fills the memory", "functions", "nothing"):
            yield "detector", "yunet.onnx", what, content


def trees() -> Iterator[Made]:
    """Yield files of HDF5."""
    with tempfile.TemporaryDirectory() as folder:
        for what in ("a file elsewhere", "data elsewhere", "itself", "large", "names", "zeros"):
            path = Path(folder) / "made.h5"
            with h5py.File(path, "w") as file:
                layer = file.create_group("conv")
                if what == "a file elsewhere":
                    layer["kernel:0"] = h5py.ExternalLink("/etc/passwd", "/")
                elif what == "data elsewhere":
                    layer.create_dataset("kernel:0", (4,), "f4", external=[("/etc/passwd", 0, 16)])
                elif what == "itself":
                    layer["again"] = h5py.SoftLink("/conv")
                    layer["conv"] = layer
                elif what == "large":
                    layer.create_dataset("kernel:0", (2**40, 2**20), "f4", chunks=(1, 64))
                elif what == "names":
                    layer.create_dataset("[/red]\x1b[31m\u202e", data=np.zeros(4, "f4"))
                else:
                    layer.create_dataset(
                        "kernel:0", (400_000_000,), "f4", chunks=(10_000_000,), compression="gzip",
                        fillvalue=0,
                    )[:10_000_000] = 0  # fmt: skip
            yield "hdf5", "net.h5", what, path.read_bytes()
        yield "hdf5", "net.h5", "nothing but its mark", b"\x89HDF\r\n\x1a\n"
