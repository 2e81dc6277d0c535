"""A plain server of live streams as people write it today: tornado, ONNX Runtime, the states of each
stream in a dict. It takes and gives the messages of `sluice serve` (Sources/SluiceHTTP/Streams/websocket.md),
as far as `sluice-load` sends them.

    python peer.py MODEL.onnx PROCESSES

An input NAME with an output NAME_out is a state, zero at first. Prints its port.
"""
import json
import multiprocessing
import socket
import struct
import sys

import numpy as np
import onnxruntime
import tornado.httpserver
import tornado.ioloop
import tornado.netutil
import tornado.process
import tornado.web
import tornado.websocket

FRAME, RESET = 1, 2
OUTPUTS, DONE = 1, 2


class Network:
    def __init__(self, path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path, options)
        self.results = [output.name for output in self.session.get_outputs()]
        shapes = {
            value.name: [size if isinstance(size, int) else 1 for size in value.shape]
            for value in self.session.get_inputs()
        }
        self.states = {name: f"{name}_out" for name in shapes if f"{name}_out" in self.results}
        (self.input,) = shapes.keys() - self.states.keys()
        self.shape = shapes[self.input]
        self.initial = {name: np.zeros(shapes[name], np.float32) for name in self.states}
        self.output = next(name for name in self.results if name not in self.states.values())

    def step(self, state, values):
        frame = np.frombuffer(values, np.float32).reshape(self.shape)
        results = self.session.run(self.results, {self.input: frame, **state})
        named = dict(zip(self.results, results))
        return {name: named[out] for name, out in self.states.items()}, named[self.output]


class Streams(tornado.websocket.WebSocketHandler):
    def initialize(self, network):
        self.network = network
        self.states = {}

    def check_origin(self, origin):
        return True

    def open(self):
        self.set_nodelay(True)
        port = {"name": self.network.input, "datatype": "FP32", "shape": self.network.shape}
        self.write_message(json.dumps({"inputs": [port]}))

    def on_message(self, message):
        kind, _, _, stream, tag = struct.unpack_from("<BBHII", message)
        if kind == RESET:
            self.states[stream] = (0, self.network.initial)
            self.write_message(struct.pack("<BBHIIQ", DONE, 0, 0, stream, tag, 0), binary=True)
            return
        frames, state = self.states[stream]
        state, output = self.network.step(state, message[12:])
        self.states[stream] = (frames + 1, state)
        head = struct.pack("<BBHIIQ", OUTPUTS, 0, 1, stream, tag, frames + 1)
        shape = struct.pack(f"<HH{output.ndim}I", 0, output.ndim, *output.shape)
        self.write_message(head + shape + output.tobytes(), binary=True)


def main():
    path, processes = sys.argv[1], int(sys.argv[2])
    # Each process listens for itself, so that the system spreads connections over them; this one holds the port.
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    holder.bind(("127.0.0.1", 0))
    port = holder.getsockname()[1]
    everybody = multiprocessing.Barrier(processes)
    number = tornado.process.fork_processes(processes) if processes > 1 else 0
    network = Network(path)
    sockets = tornado.netutil.bind_sockets(port, "127.0.0.1", reuse_port=True)
    application = tornado.web.Application([(r"/.*", Streams, {"network": network})])
    tornado.httpserver.HTTPServer(application).add_sockets(sockets)
    everybody.wait()
    if number == 0:
        print(port, flush=True)
    tornado.ioloop.IOLoop.current().start()


if __name__ == "__main__":
    main()
