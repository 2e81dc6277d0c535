#!/usr/bin/env python3
"""Makes the fixtures of the NumPy, safetensors, PyTorch and model.json tests.

    python3 make_file_fixtures.py          (numpy, torch and safetensors; seeds are fixed)

Everything goes to Files/ beside this script. expected*.json hold what a reader must find.
"""

import io
import json
import pathlib
import warnings

import numpy as np

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


def main():
    FILES.mkdir(exist_ok=True)
    numpy_files()


if __name__ == "__main__":
    main()
