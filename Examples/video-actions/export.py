"""Writes the trained network in the three forms that Sluice loads, and test clips with PyTorch's outputs."""

import struct
import zlib
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from safetensors.torch import load_file, save_file

from clips import ACTIONS, FRAMES, SIDE, make_clips
from network import FEATURES, VideoActions

TOLERANCE = 1e-5    # how far ONNX Runtime may be from PyTorch
CLIP_GLOB = "*.expected.npz"


def clean(path):
    """Takes the exporting machine's stack traces out of an ONNX file and sees that its GRU says what PyTorch computes.

    onnxscript 0.5.7 to 0.7.0 export a GRU without linear_before_reset=1, although PyTorch's GRU has no other form.
    """
    model = onnx.load(path)
    for node in model.graph.node:
        kept = [entry for entry in node.metadata_props if "stack_trace" not in entry.key]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
        if node.op_type == "GRU" and not any(a.name == "linear_before_reset" for a in node.attribute):
            print(f"{path.name}: the exporter left linear_before_reset out of {node.name}; written as 1")
            node.attribute.append(onnx.helper.make_attribute("linear_before_reset", 1))
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def export_network(network, folder):
    """Writes the state dict, the two ONNX files and the GRU head's tensors into the folder."""
    torch.save(network.state_dict(), folder / "video-actions.pt")

    # The whole network over a whole clip. Without dynamic shapes the exporter writes the batch of 1 and the clip's
    # length into the file's reshapes; Sluice streams it all the same.
    clip = torch.zeros(1, FRAMES, 1, SIDE, SIDE)
    torch.onnx.export(network, (clip,), folder / "video-actions.onnx", dynamo=True, external_data=False,
                      input_names=["frames"], output_names=["probabilities"])
    clean(folder / "video-actions.onnx")

    # The CNN alone, for any number of frames at once: model.json names it as its first layer.
    torch.onnx.export(network.cnn, (torch.zeros(2, 1, SIDE, SIDE),), folder / "cnn.onnx", dynamo=True,
                      external_data=False, input_names=["frame"], output_names=["features"],
                      dynamic_shapes=({0: torch.export.Dim("batch")},))
    clean(folder / "cnn.onnx")

    # The head: model.json's other layers. Tensors keep PyTorch's names and layouts.
    head = {name: tensor.contiguous() for name, tensor in network.state_dict().items() if not name.startswith("cnn.")}
    save_file(head, folder / "head.safetensors")


@torch.no_grad()
def write_clips(network, scans, draws, folder):
    """Writes one clip per action, and what PyTorch computes for it.

    NAME.npz holds `frames` [1, FRAMES, 1, SIDE, SIDE] and NAME.expected.npz holds `probabilities` [1, FRAMES, 8].
    """
    folder.mkdir(exist_ok=True)
    clips = make_clips(scans, torch.arange(len(ACTIONS)), draws)
    for action, frames in zip(ACTIONS, clips.unsqueeze(1)):
        name = action.replace(" ", "-")
        np.savez_compressed(folder / f"{name}.npz", frames=frames.numpy())
        np.savez_compressed(folder / f"{name}.expected.npz", probabilities=network(frames).numpy())
    write_sheet(folder / "clips.png", clips[:, ::4, 0].numpy())


def write_sheet(path, pictures, zoom=3, margin=2):
    """Writes a grey PNG with one row of pictures per clip. pictures: [rows, columns, SIDE, SIDE] in 0...1."""
    pictures = (pictures * 255).astype(np.uint8).repeat(zoom, axis=2).repeat(zoom, axis=3)
    pictures = np.pad(pictures, ((0, 0), (0, 0), (margin, margin), (margin, margin)), constant_values=255)
    rows, columns, height, width = pictures.shape
    sheet = pictures.transpose(0, 2, 1, 3).reshape(rows * height, columns * width)
    lines = b"".join(b"\0" + line.tobytes() for line in sheet)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", columns * width, rows * height, 8, 0, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines, 9))
                     + chunk(b"IEND", b""))


@torch.no_grad()
def check_exports(network, folder):
    """Runs every form that was written over every test clip, and stops if one differs from PyTorch's whole sequence."""
    whole = onnxruntime.InferenceSession(folder / "video-actions.onnx", providers=["CPUExecutionProvider"])
    cnn = onnxruntime.InferenceSession(folder / "cnn.onnx", providers=["CPUExecutionProvider"])
    head, loaded = VideoActions().eval(), VideoActions().eval()
    head.load_state_dict(load_file(folder / "head.safetensors"), strict=False)
    loaded.load_state_dict(torch.load(folder / "video-actions.pt", weights_only=True))

    def parts(frames):
        """What model.json describes: cnn.onnx over every frame, then the head from head.safetensors."""
        features = cnn.run(["features"], {"frame": frames.reshape(FRAMES, 1, SIDE, SIDE)})[0]
        hidden, _ = head.gru(torch.from_numpy(features).reshape(1, FRAMES, FEATURES))
        return torch.softmax(head.fc(hidden), dim=-1).numpy()

    forms = {
        "PyTorch, one frame at a time": lambda frames: network.stream(torch.from_numpy(frames)).numpy(),
        "video-actions.onnx": lambda frames: whole.run(["probabilities"], {"frames": frames})[0],
        "cnn.onnx and head.safetensors": parts,
        "video-actions.pt": lambda frames: loaded(torch.from_numpy(frames)).numpy(),
    }
    expected_files = sorted((folder / "clips").glob(CLIP_GLOB))
    print(f"largest difference from PyTorch's whole sequence over {len(expected_files)} clips:")
    for form, run in forms.items():
        worst = 0.0
        for file in expected_files:
            frames = np.load(Path(str(file).replace(".expected", "")))["frames"]
            worst = max(worst, float(np.abs(run(frames) - np.load(file)["probabilities"]).max()))
        print(f"  {form:30s} {worst:.1e}")
        if worst > TOLERANCE:
            raise SystemExit(f"{form} differs from PyTorch by {worst}, more than {TOLERANCE}")

    print("test clips, after the last frame:")
    for file in expected_files:
        last = np.load(file)["probabilities"][0, -1]
        print(f"  {file.name.removesuffix('.expected.npz'):22s} {ACTIONS[last.argmax()]:22s} {last.max():6.1%}")
