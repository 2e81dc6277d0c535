"""Triton's own gRPC client against a server that serves a running sum as "sum".

    python acceptance_grpc.py HOST:PORT

Ends with 0 if everything is as Triton's would be.
"""
import queue
import sys

import numpy as np
import tritonclient.grpc as grpc
from tritonclient.utils import InferenceServerException

client = grpc.InferenceServerClient(sys.argv[1])


def frame(values):
    values = np.array([values], dtype=np.float32)
    return grpc.InferInput("x", list(values.shape), "FP32").set_data_from_numpy(values)


def refusal(call, status, text):
    try:
        call()
    except InferenceServerException as error:
        assert error.status() == f"StatusCode.{status}", error
        assert text in error.message(), error
    else:
        raise AssertionError(f"nothing was refused: {text}")


assert client.is_server_live()
assert client.is_server_ready()
assert client.is_model_ready("sum")
assert client.is_model_ready("sum", "1")
assert not client.is_model_ready("product")
assert client.get_server_metadata().name == "sluice"
metadata = client.get_model_metadata("sum", as_json=True)
assert metadata["inputs"] == [{"name": "x", "datatype": "FP32", "shape": ["-1", "2"]}], metadata
config = client.get_model_config("sum").config
assert config.sequence_batching.state[0].input_name == "sum", config
assert [model.name for model in client.get_model_repository_index().models] == ["sum"]

# Streams, by number and by name, one call for each frame.
for stream in (7, "a stream"):
    for step in range(1, 6):
        answer = client.infer(
            "sum",
            [frame([step, 0.1])],
            outputs=[grpc.InferRequestedOutput("y")],
            request_id=str(step),
            sequence_id=stream,
            sequence_start=step == 1,
            sequence_end=step == 5,
        )
        response = answer.get_response()
        assert response.id == str(step)
        assert response.parameters["sequence_frames"].int64_param == step, response
        assert answer.as_numpy("y")[0, 0] == step * (step + 1) / 2
        assert answer.as_numpy("z") is None

# All outputs without naming them, and whole sequences.
assert client.infer("sum", [frame([1, 2])]).as_numpy("y").tolist() == [[1, 2]]
values = np.arange(8, dtype=np.float32).reshape(4, 1, 2)
tensor = grpc.InferInput("x", [4, 1, 2], "FP32").set_data_from_numpy(values)
assert np.array_equal(client.infer("sum", [tensor]).as_numpy("y"), np.cumsum(values, axis=0))

# Many streams on one call: answers of each in its order.
answers = queue.Queue()
client.start_stream(callback=lambda result, error: answers.put((result, error)))
steps, streams = 50, 4
for step in range(1, steps + 1):
    for stream in range(streams):
        client.async_stream_infer(
            "sum",
            [frame([step * (stream + 1), 0])],
            request_id=f"{stream} {step}",
            sequence_id=1000 + stream,
            sequence_start=step == 1,
            sequence_end=step == steps,
        )
taken = [0] * streams
for _ in range(steps * streams):
    result, error = answers.get(timeout=60)
    assert error is None, error
    stream, step = map(int, result.get_response().id.split())
    taken[stream] += 1
    assert step == taken[stream], "out of order"
    assert result.as_numpy("y")[0, 0] == (stream + 1) * step * (step + 1) / 2
assert taken == [steps] * streams

# What is refused ends neither the call nor the others.
client.async_stream_infer("sum", [frame([1, 2])], sequence_id=9)
result, error = answers.get(timeout=60)
assert result is None and "start it first" in error.message(), error
client.async_stream_infer("sum", [frame([1, 2])], sequence_id=9, sequence_start=True)
result, error = answers.get(timeout=60)
assert error is None and result.as_numpy("y").tolist() == [[1, 2]]
client.stop_stream()
client.infer("sum", [], sequence_id=9, sequence_end=True)

refusal(lambda: client.infer("sum", [frame([1, 2])], sequence_id=9), "NOT_FOUND", "start it first")
refusal(lambda: client.infer("product", [frame([1, 2])]), "NOT_FOUND", "product")
refusal(lambda: client.infer("sum", [frame([1, 2, 3])]), "INVALID_ARGUMENT", "'x'")
refusal(lambda: client.load_model("sum"), "NOT_FOUND", "without a repository")
refusal(lambda: client.get_system_shared_memory_status(), "UNIMPLEMENTED", "")

statistics = client.get_inference_statistics("sum").model_stats[0]
assert statistics.inference_stats.success.count == 2 * 5 + 2 + steps * streams + 2, statistics
client.unload_model("sum")
assert not client.is_model_ready("sum")
client.close()
print("accepted")
