#!/usr/bin/env python3
"""Makes the fixtures of the NumPy, safetensors and PyTorch tests.

    python3 make_file_fixtures.py          (numpy, torch and safetensors; seeds are fixed)

Everything goes to Files/ beside this script. expected*.json hold what a reader must find.
"""

import collections
import json
import pathlib
import warnings

import numpy as np
import safetensors.torch
import torch

FILES = pathlib.Path(__file__).parent / "Files"

KINDS = {"f": "float", "i": "int", "u": "uint", "b": "bool"}


def described(array, kind=None):
    """Shape, element type after widening, and values in row-major order."""
    array = np.asarray(array)
    bits = array.dtype.itemsize * 8
    kind = kind or ("bool" if array.dtype.kind == "b" else f"{KINDS[array.dtype.kind]}{max(bits, 32) if array.dtype.kind == 'f' else bits}")
    return {"shape": list(array.shape), "type": kind, "values": [float(v) for v in array.flatten(order="C")]}


def numpy_files():
    base = (np.arange(24).reshape(2, 3, 4) - 7) * 5
    arrays = {}
    for code in ["<f2", "<f4", "<f8", ">f4", ">f8", "<i2", ">i2", "<i4", "<i8", ">i8", "|i1"]:
        arrays["a_" + code.translate(str.maketrans("<>|", "lbn"))] = base.astype(code)
    for code in ["|u1", "<u2", "<u4", ">u8"]:
        arrays["a_" + code.translate(str.maketrans("<>|", "lbn"))] = (base % 97).astype(code)
    arrays["bool"] = base % 2 == 0
    arrays["half"] = np.array([1 / 3, 65504, 6e-8, -0.0, 1e-5], "<f2")
    arrays["column_major"] = np.asfortranarray(base.astype("<f4"))
    arrays["column_major_big"] = np.asfortranarray(base.astype(">i4"))
    arrays["scalar"] = np.float64(2.5)
    arrays["empty"] = np.zeros((0, 3), "<f4")
    arrays["one"] = np.array([7], "<i4")
    expected = {name: described(array) for name, array in arrays.items()}
    texts = {
        "text_scalar": np.array('{"fps": 25, "name": "ä→𝄞"}'),
        "text_list": np.array(["left", "right", ""]),
        "text_bytes": np.array([b"up", b"down"]),
        "text_big": np.array(["ab", "c"]).astype(">U2"),
    }
    for name, array in texts.items():
        values = [v.decode() if isinstance(v, bytes) else str(v) for v in array.flatten()]
        expected[name] = {"text": values}
    np.savez(FILES / "stored.npz", **arrays, **texts)
    np.savez_compressed(FILES / "deflated.npz", **arrays, **texts)
    for major in (1, 2, 3):
        with open(FILES / f"version{major}.npy", "wb") as file:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                np.lib.format.write_array(file, base.astype("<f4"), version=(major, 0))
    np.save(FILES / "objects.npy", np.array([{"a": 1}], object), allow_pickle=True)
    np.save(FILES / "complex.npy", np.array([1j]))
    np.save(FILES / "records.npy", np.zeros(2, [("x", "<f4"), ("y", "<i2")]))
    (FILES / "expected_numpy.json").write_text(json.dumps(expected, indent=0, ensure_ascii=False) + "\n")


def torch_described(tensor):
    """Likewise for a tensor; half-precision types are widened."""
    if tensor.dtype in (torch.float16, torch.bfloat16):
        tensor = tensor.float()
    return described(tensor.detach().numpy())


def typed_tensors():
    base = (torch.arange(12).reshape(3, 4) - 5) * 3
    types = [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32,
             torch.int16, torch.int8]
    tensors = {str(t).split(".")[1]: base.to(t) for t in types}
    tensors["uint8"] = base.abs().to(torch.uint8)
    tensors["uint16"] = base.abs().to(torch.uint16)
    tensors["bool"] = base % 2 == 0
    tensors["scalar"] = torch.tensor(2.5)
    tensors["empty"] = torch.zeros(0, 3)
    tensors["third"] = torch.tensor([1 / 3, -2e-5], dtype=torch.bfloat16)
    return tensors


def write_expected(name, tensors):
    expected = {key: torch_described(value) for key, value in tensors.items()}
    (FILES / name).write_text(json.dumps(expected, indent=0) + "\n")


def save_safetensors(tensors, name, **options):
    safetensors.torch.save_file(tensors, FILES / name, **options)
    (FILES / name).chmod(0o644)


def safetensors_files():
    tensors = typed_tensors()
    save_safetensors(tensors, "types.safetensors", metadata={"made": "for tests"})
    write_expected("expected_types.json", tensors)


class Command:
    def __reduce__(self):
        import os
        return (os.system, ("touch sluice-was-here",))


def torch_files():
    torch.save(typed_tensors(), FILES / "types.pt")
    shared = torch.arange(24, dtype=torch.float32)
    views = collections.OrderedDict(
        whole=shared,
        tail=shared[20:],
        transposed=shared.reshape(4, 6).t(),
        every_other=shared.reshape(2, 3, 4)[:, ::2, 1:3],
        expanded=shared[3:4].expand(2, 3),
        parameter=torch.nn.Parameter(torch.tensor([1.0, 2.0])),
        tied=shared,
    )
    torch.save(views, FILES / "views.pt")
    write_expected("expected_views.json", views)

    torch.manual_seed(3)
    network = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Linear(4, 2))
    optimizer = torch.optim.Adam(network.parameters())
    network(torch.randn(5, 3)).sum().backward()
    optimizer.step()
    checkpoint = {"epoch": 3, "optimizer": optimizer.state_dict(), "best": {1, 2}, "lr": [0.1, None],
                  "model": network.state_dict()}
    torch.save(checkpoint, FILES / "checkpoint.tar")
    write_expected("expected_checkpoint.json", network.state_dict())
    nested = {"encoder": {"w": torch.ones(2)}, "decoder": [torch.zeros(1), torch.full((1,), 3.0)]}
    torch.save(nested, FILES / "nested.pt")
    write_expected("expected_nested.json", {
        "encoder.w": nested["encoder"]["w"], "decoder.0": nested["decoder"][0],
        "decoder.1": nested["decoder"][1]})
    for protocol in (3, 4, 5):
        torch.save(network.state_dict(), FILES / f"protocol{protocol}.pt", pickle_protocol=protocol)

    torch.save(network.state_dict(), FILES / "legacy.pth", _use_new_zipfile_serialization=False)
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), str(FILES / "script.pt"))
    torch.save({"model": network.state_dict(), "command": Command()}, FILES / "command.pt")
    torch.save(network, FILES / "module.pt")
    torch.save({"model": network.state_dict(), "score": np.float64(1)}, FILES / "scalar.pt")


def main():
    FILES.mkdir(exist_ok=True)
    numpy_files()
    safetensors_files()
    torch_files()


if __name__ == "__main__":
    main()
