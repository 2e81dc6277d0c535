"""Recurrent cells of Keras and TensorFlow in NumPy, from their sources: what converted weights must compute."""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def keras_gru(x, kernel, recurrent, bias, reset_after, activation=np.tanh):
    """Keras 3, keras/src/layers/rnn/gru.py: gates z, r, h in columns."""
    units = recurrent.shape[0]
    h, result = np.zeros((x.shape[0], units)), []
    input_bias, state_bias = (bias[0], bias[1]) if reset_after else (bias, 0 * bias)
    for t in range(x.shape[1]):
        xz, xr, xh = np.split(x[:, t] @ kernel + input_bias, 3, axis=1)
        if reset_after:
            hz, hr, hh = np.split(h @ recurrent + state_bias, 3, axis=1)
            z, r = sigmoid(xz + hz), sigmoid(xr + hr)
            candidate = activation(xh + r * hh)
        else:
            hz, hr = np.split(h @ recurrent[:, :2 * units], 2, axis=1)
            z, r = sigmoid(xz + hz), sigmoid(xr + hr)
            candidate = activation(xh + (r * h) @ recurrent[:, 2 * units:])
        h = z * h + (1 - z) * candidate
        result.append(h)
    return np.stack(result, axis=1)


def keras_lstm(x, kernel, recurrent, bias):
    """Keras 3, keras/src/layers/rnn/lstm.py: gates i, f, c, o in columns."""
    h = c = np.zeros((x.shape[0], recurrent.shape[0]))
    result = []
    for t in range(x.shape[1]):
        i, f, g, o = np.split(x[:, t] @ kernel + h @ recurrent + bias, 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        result.append(h)
    return np.stack(result, axis=1)


def keras_rnn(x, kernel, recurrent, bias):
    h, result = np.zeros((x.shape[0], recurrent.shape[0])), []
    for t in range(x.shape[1]):
        h = np.tanh(x[:, t] @ kernel + h @ recurrent + bias)
        result.append(h)
    return np.stack(result, axis=1)


def tensorflow_gru(x, gates, gates_bias, candidate, candidate_bias):
    """TensorFlow 1, python/ops/rnn_cell_impl.py, GRUCell: gates r, u."""
    h, result = np.zeros((x.shape[0], candidate.shape[1])), []
    for t in range(x.shape[1]):
        r, u = np.split(sigmoid(np.concatenate([x[:, t], h], 1) @ gates + gates_bias), 2, axis=1)
        c = np.tanh(np.concatenate([x[:, t], r * h], 1) @ candidate + candidate_bias)
        h = u * h + (1 - u) * c
        result.append(h)
    return np.stack(result, axis=1)


def tensorflow_lstm(x, kernel, bias, forget_bias=1.0):
    """Likewise, LSTMCell: gates i, j, f, o."""
    h = c = np.zeros((x.shape[0], kernel.shape[1] // 4))
    result = []
    for t in range(x.shape[1]):
        i, j, f, o = np.split(np.concatenate([x[:, t], h], 1) @ kernel + bias, 4, axis=1)
        c = sigmoid(f + forget_bias) * c + sigmoid(i) * np.tanh(j)
        h = sigmoid(o) * np.tanh(c)
        result.append(h)
    return np.stack(result, axis=1)
