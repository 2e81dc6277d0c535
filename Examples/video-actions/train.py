"""Trains the network of this example, measures it on held-out scans and writes every file that Sluice loads.

    python train.py                 trains (some minutes on two cores), measures, exports
    python train.py --export-only   measures and exports the committed state dict again, without training

Beside this script it writes video-actions.pt (state dict), video-actions.onnx (whole sequences, whole network), cnn.onnx
and head.safetensors (the parts that model.json names), labels.txt, and clips/ with PyTorch's outputs.
"""

import argparse
import time
from pathlib import Path

import torch
import torch.nn.functional as F

from clips import ACTIONS, FRAMES, balanced_actions, load_scans, make_clips
from export import check_exports, export_network, write_clips
from network import OneFrame, VideoActions

HERE = Path(__file__).resolve().parent
STEPS = 1500
BATCH = 64
HELD_OUT_CLIPS = 4000
SEED = 20240


def generator(purpose):
    """A random generator of its own for each purpose, so that changing one leaves the others as they were."""
    return torch.Generator().manual_seed(SEED + ["train", "measure", "commit"].index(purpose))


def optimiser(model, steps):
    """Adam with one warm-up and one cosine descent over the steps."""
    adam = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=1e-3)
    return adam, torch.optim.lr_scheduler.OneCycleLR(adam, max_lr=3e-3, total_steps=steps, pct_start=0.2)


def update(optimiser_and_schedule, model, loss):
    """One step down the gradient."""
    adam, schedule = optimiser_and_schedule
    adam.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    adam.step()
    schedule.step()


def train(scans, steps):
    """Trains both models on the same fresh clips, a new batch at every step.

    The network learns from every frame of a clip, the later the more. The one-frame classifier sees each clip's last
    frame, where the action has gone furthest.
    """
    torch.manual_seed(SEED)
    network, one_frame = VideoActions(), OneFrame()
    network_optimiser, one_frame_optimiser = optimiser(network, steps), optimiser(one_frame, steps)
    weight = torch.linspace(0, 1, FRAMES)
    weight /= weight.sum()
    draws, started = generator("train"), time.perf_counter()
    for step in range(1, steps + 1):
        actions = balanced_actions(BATCH, draws)
        frames = make_clips(scans, actions, draws)
        scores, _ = network.scores(frames)
        losses = F.cross_entropy(scores.transpose(1, 2), actions[:, None].expand(-1, FRAMES), reduction="none")
        loss = (losses @ weight).mean()
        update(network_optimiser, network, loss)
        update(one_frame_optimiser, one_frame, F.cross_entropy(one_frame(frames[:, -1]), actions))
        if step % 100 == 0:
            print(f"step {step:5d}  loss {loss.item():.3f}  {time.perf_counter() - started:4.0f} s", flush=True)
    print(f"trained {steps} steps of {BATCH} clips in {time.perf_counter() - started:.0f} s"
          f" with {torch.get_num_threads()} threads")
    return network.eval(), one_frame.eval()


@torch.no_grad()
def measure(scans, network, one_frame):
    """Prints the accuracy on clips of held-out scans, with motions drawn afresh. one_frame may be None."""
    draws = generator("measure")
    hits, one_frame_hits = torch.zeros(FRAMES), 0
    confusion = torch.zeros(len(ACTIONS), len(ACTIONS), dtype=torch.long)
    for _ in range(HELD_OUT_CLIPS // 200):
        actions = balanced_actions(200, draws)
        frames = make_clips(scans, actions, draws)
        answers = network(frames).argmax(dim=-1)                             # [200, FRAMES]
        hits += (answers == actions[:, None]).float().sum(dim=0)
        confusion += torch.bincount(actions * 8 + answers[:, -1], minlength=64).reshape(8, 8)
        if one_frame is not None:
            one_frame_hits += (one_frame(frames[:, -1]).argmax(dim=-1) == actions).sum().item()
    print(f"held-out accuracy ({HELD_OUT_CLIPS} clips of {len(scans)} scans never trained on):")
    for count in range(5, FRAMES + 1, 5):
        print(f"  after {count:2d} frames  {hits[count - 1].item() / HELD_OUT_CLIPS:6.1%}")
    if one_frame is not None:
        print(f"  one-frame classifier, last frame  {one_frame_hits / HELD_OUT_CLIPS:6.1%}")
    print("by action, after the last frame:")
    for index, action in enumerate(ACTIONS):
        print(f"  {action:22s} {confusion[index, index].item() / confusion[index].sum().item():6.1%}")


def main():
    parser = argparse.ArgumentParser(description="Trains, measures and exports the video-actions example.")
    parser.add_argument("--export-only", action="store_true", help="use the committed state dict, train nothing")
    parser.add_argument("--steps", type=int, default=STEPS, help=f"training steps (default {STEPS})")
    parser.add_argument("--threads", type=int, default=2, help="PyTorch's threads (default 2)")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)

    training_scans, held_out_scans = load_scans()
    if options.export_only:
        network, one_frame = VideoActions().eval(), None
        network.load_state_dict(torch.load(HERE / "video-actions.pt", weights_only=True))
    else:
        network, one_frame = train(training_scans, options.steps)
    measure(held_out_scans, network, one_frame)

    export_network(network, HERE)
    (HERE / "labels.txt").write_text("".join(f"{action}\n" for action in ACTIONS))
    write_clips(network, held_out_scans, generator("commit"), HERE / "clips")
    check_exports(network, HERE)


if __name__ == "__main__":
    main()
