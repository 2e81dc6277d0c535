"""Makes short videos of one handwritten digit that moves, turns, grows or shrinks over noise.

The digits are the real scans bundled with scikit-learn (`load_digits`: 1797 scans of 8x8 pixels), so nothing is
downloaded. Everything else in a clip is drawn afresh from a seeded generator: where the digit starts, its size, its
angle, how far it goes, when it starts to go, the shake of the camera, the clutter behind it and the noise over it.

No single frame tells the action. Position, angle and size are drawn from the same ranges for every action, and the
ranges are wide against the distance that the action covers, so a digit at the left of a frame may be going anywhere.

Directions are those the viewer sees: x grows to the right, y grows downwards, clockwise is a clock's.
"""

import math

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits

ACTIONS = ["move left", "move right", "move up", "move down",
           "turn counterclockwise", "turn clockwise", "grow", "shrink"]
FRAMES_PER_SECOND = 25
FRAMES = 25         # frames in a clip: one second
SIDE = 32           # pixels along a side of a frame
LATEST_START = 5    # the action begins at one of the frames 0...5
TRAVEL = 9.0        # the digit's centre stays within this many pixels of the frame's centre, bar shake
SIZES = (10.0, 22.0)  # side of the digit in pixels, bar shake
TILT = math.radians(75)  # the digit stands upright within this angle either way, bar shake


def load_scans(held_out_share=0.2):
    """Returns the scans for training and the scans held out (the last fifth of the file), each [count, 8, 8] in 0...1."""
    scans = torch.from_numpy(load_digits().images).float() / 16
    first_held_out = round(len(scans) * (1 - held_out_share))
    return scans[:first_held_out], scans[first_held_out:]


def between(low, high, shape, generator):
    """Uniform numbers in low...high."""
    return low + (high - low) * torch.rand(shape, generator=generator)


def span(amount, low, high, generator):
    """Start values such that both the start and the start + amount lie in low...high, uniform where they may lie.

    amount: [N], signed. Returns [N].
    """
    room = high - low - amount.abs()
    return low - amount.clamp(max=0) + room * torch.rand(amount.shape, generator=generator)


def paths(actions, generator):
    """Where the digit of each clip is in each frame.

    actions: [N] of 0...7. Returns x and y (pixels from the frame's centre), size (pixels) and angle (radians,
    clockwise), each [N, FRAMES].
    """
    count = len(actions)

    def is_one(index):
        return (actions == index).float()

    # How far the action goes from its first frame to the end of the clip; zero for what the action leaves alone.
    distance = between(6, 12, [count], generator)
    goes_x = distance * (is_one(1) - is_one(0))
    goes_y = distance * (is_one(3) - is_one(2))
    turns = math.radians(1) * between(60, 110, [count], generator) * (is_one(5) - is_one(4))
    grows = between(1.45, 1.9, [count], generator).log() * (is_one(6) - is_one(7))

    start = torch.randint(0, LATEST_START + 1, [count, 1], generator=generator)
    time = torch.arange(FRAMES)[None]
    progress = ((time - start) / (FRAMES - 1 - start)).clamp(min=0)          # [N, FRAMES], 0 to 1

    def path(first, amount, drift, shake):
        """first + amount over the clip, with a slow drift either way and the camera's shake in every frame."""
        drifts = between(-drift, drift, [count, 1], generator) * time / (FRAMES - 1)
        shakes = shake * torch.randn([count, FRAMES], generator=generator)
        return first[:, None] + amount[:, None] * progress + drifts + shakes

    x = path(span(goes_x, -TRAVEL, TRAVEL, generator), goes_x, drift=1.0, shake=0.25)
    y = path(span(goes_y, -TRAVEL, TRAVEL, generator), goes_y, drift=1.0, shake=0.25)
    log_size = path(span(grows, math.log(SIZES[0]), math.log(SIZES[1]), generator), grows, drift=0.06, shake=0.015)
    angle = path(span(turns, -TILT, TILT, generator), turns, drift=0.12, shake=0.03)
    return x, y, log_size.exp(), angle


def draw(scans, x, y, size, angle):
    """Draws each scan at each frame's place, bilinearly.

    scans: [N, 8, 8]; x, y, size, angle: [N, T]. Returns [N, T, SIDE, SIDE], 0 where the digit is not.
    """
    count, frames = x.shape
    cos, sin, half = angle.cos(), angle.sin(), SIDE / 2
    # grid_sample asks for the scan's point under each pixel: back by the place, back by the angle, back by the size.
    zoom = SIDE / size
    shift_x, shift_y = x / half, y / half
    rows = [zoom * cos, zoom * sin, -zoom * (cos * shift_x + sin * shift_y),
            -zoom * sin, zoom * cos, -zoom * (-sin * shift_x + cos * shift_y)]
    theta = torch.stack(rows, dim=-1).reshape(count * frames, 2, 3)
    grid = F.affine_grid(theta, [count * frames, 1, SIDE, SIDE], align_corners=False)
    # One picture per clip: its frames lie one above the other in the grid, so the scan is not copied per frame.
    grid = grid.reshape(count, frames * SIDE, SIDE, 2)
    drawn = F.grid_sample(scans[:, None], grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    return drawn.reshape(count, frames, SIDE, SIDE)


def make_clips(scans, actions, generator):
    """Makes one clip per action, each from a scan drawn at random.

    scans: [count, 8, 8]; actions: [N] of 0...7. Returns frames [N, FRAMES, 1, SIDE, SIDE], float32 in 0...1 in whole
    steps of 1/256, as an 8-bit camera gives them.
    """
    count = len(actions)
    chosen = scans[torch.randint(0, len(scans), [count], generator=generator)]
    digit = draw(chosen, *paths(actions, generator))

    clutter = torch.rand([count, 1, 9, 9], generator=generator)              # stays where it is for the whole clip
    clutter = F.interpolate(clutter, size=[SIDE, SIDE], mode="bilinear", align_corners=True)
    backdrop = between(0.05, 0.35, [count, 1, 1, 1], generator) * clutter
    contrast = between(0.6, 0.9, [count, 1, 1, 1], generator)
    noise = torch.randn([count, FRAMES, SIDE, SIDE], generator=generator)    # fresh in every frame
    noise = noise * between(0.04, 0.12, [count, 1, 1, 1], generator)

    frames = (0.05 + backdrop * (1 - digit) + contrast * digit + noise).clamp(0, 255 / 256)
    return ((frames * 256).round() / 256).unsqueeze(2)


def balanced_actions(count, generator):
    """Returns [count] actions in random order, each of the eight equally often (count is a multiple of 8)."""
    actions = torch.arange(count) % len(ACTIONS)
    return actions[torch.randperm(count, generator=generator)]
