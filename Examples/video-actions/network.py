"""The network that names the action, and the one-frame classifier it is compared with."""

import torch
from torch import nn

from clips import ACTIONS, SIDE

FEATURES = 64
HIDDEN = 64


def make_cnn():
    """A small CNN: one frame [N, 1, 32, 32] to features [N, FEATURES]."""
    smallest = SIDE // 8
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
        nn.Conv2d(8, 16, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
        nn.Conv2d(16, 32, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU(),
        nn.Flatten(), nn.Linear(32 * smallest * smallest, FEATURES), nn.ReLU())


class VideoActions(nn.Module):
    """A CNN over each frame, a GRU over time, a linear layer and a softmax: the action's probabilities after each frame."""

    def __init__(self):
        super().__init__()
        self.cnn = make_cnn()
        self.gru = nn.GRU(FEATURES, HIDDEN, batch_first=True)
        self.fc = nn.Linear(HIDDEN, len(ACTIONS))

    def scores(self, frames, state=None):
        """frames: [B, T, 1, 32, 32]; state: [1, B, HIDDEN] or None for zeros.

        Returns scores before the softmax [B, T, 8] and the state after the last frame [1, B, HIDDEN].
        """
        batch, time = frames.shape[:2]
        features = self.cnn(frames.reshape(batch * time, 1, SIDE, SIDE)).reshape(batch, time, FEATURES)
        hidden, state = self.gru(features, state)
        return self.fc(hidden), state

    def forward(self, frames):
        """frames: [B, T, 1, 32, 32]. Returns probabilities [B, T, 8], each frame's from the frames up to it."""
        return torch.softmax(self.scores(frames)[0], dim=-1)

    def stream(self, frames):
        """What forward returns, computed one frame at a time with the state carried along."""
        state, outputs = None, []
        for index in range(frames.shape[1]):
            scores, state = self.scores(frames[:, index:index + 1], state)
            outputs.append(torch.softmax(scores, dim=-1))
        return torch.cat(outputs, dim=1)


class OneFrame(nn.Module):
    """The same CNN and a linear layer, with no memory: what a single frame gives away. [N, 1, 32, 32] to [N, 8]."""

    def __init__(self):
        super().__init__()
        self.cnn = make_cnn()
        self.fc = nn.Linear(FEATURES, len(ACTIONS))

    def forward(self, frame):
        return self.fc(self.cnn(frame))
