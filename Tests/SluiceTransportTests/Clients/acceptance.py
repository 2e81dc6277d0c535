"""Triton's own HTTP client against a server that serves a running sum as "sum".

    python acceptance.py HOST:PORT

Ends with 0 if everything is as Triton's would be.
"""
import sys

import numpy as np
import tritonclient.http as http
from tritonclient.utils import InferenceServerException

client = http.InferenceServerClient(sys.argv[1])


def frame(values, binary):
    values = np.array([values], dtype=np.float32)
    tensor = http.InferInput("x", list(values.shape), "FP32")
    tensor.set_data_from_numpy(values, binary_data=binary)
    return tensor


def refusal(call, status, text):
    try:
        call()
    except InferenceServerException as error:
        assert error.status() == str(status), error
        assert text in error.message(), error
    else:
        raise AssertionError(f"nothing was refused: {text}")


assert client.is_server_live()
assert client.is_server_ready()
assert client.is_model_ready("sum")
assert client.is_model_ready("sum", "1")
assert not client.is_model_ready("product")
assert client.get_server_metadata()["name"] == "sluice"
metadata = client.get_model_metadata("sum")
assert metadata["inputs"] == [{"name": "x", "datatype": "FP32", "shape": [-1, 2]}], metadata
assert client.get_model_config("sum")["max_batch_size"] == 0
assert [model["name"] for model in client.get_model_repository_index()] == ["sum"]

# Streams, by number and by name, in JSON and in binary, both ways.
for stream in (7, "a stream"):
    for binary_in in (False, True):
        for binary_out in (False, True):
            for step in range(1, 6):
                answer = client.infer(
                    "sum",
                    [frame([step, 0.1], binary_in)],
                    outputs=[http.InferRequestedOutput("y", binary_data=binary_out)],
                    request_id=str(step),
                    sequence_id=stream,
                    sequence_start=step == 1,
                    sequence_end=step == 5,
                )
                response = answer.get_response()
                assert response["id"] == str(step)
                assert response["parameters"]["sequence_frames"] == step, response
                assert answer.as_numpy("y")[0, 0] == step * (step + 1) / 2
                assert answer.as_numpy("z") is None

# All outputs without naming them, and whole sequences.
answer = client.infer("sum", [frame([1, 2], True)])
assert answer.as_numpy("y").tolist() == [[1, 2]]
values = np.arange(8, dtype=np.float32).reshape(4, 1, 2)
tensor = http.InferInput("x", [4, 1, 2], "FP32").set_data_from_numpy(values)
assert np.array_equal(client.infer("sum", [tensor]).as_numpy("y"), np.cumsum(values, axis=0))

# Requests that wait for each other's answers in no order.
pending = [
    client.async_infer("sum", [frame([i, 0], True)], sequence_id=100 + i % 4, sequence_start=True)
    for i in range(32)
]
assert [p.get_result().as_numpy("y")[0, 0] for p in pending] == list(range(32))
for i in range(4):
    client.infer("sum", [], sequence_id=100 + i, sequence_end=True)

refusal(lambda: client.infer("sum", [frame([1, 2], True)], sequence_id=9), 404, "start it first")
refusal(lambda: client.infer("product", [frame([1, 2], True)]), 404, "product")
refusal(lambda: client.infer("sum", [frame([1, 2, 3], False)]), 400, "'x'")
refusal(lambda: client.load_model("sum"), 404, "without a repository")

statistics = client.get_inference_statistics("sum")["model_stats"][0]
assert statistics["inference_stats"]["success"]["count"] == 2 * 4 * 5 + 2 + 32 + 4, statistics
client.unload_model("sum")
assert not client.is_model_ready("sum")
client.close()
print("accepted")
