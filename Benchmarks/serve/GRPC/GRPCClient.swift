/// A connection with one `ModelStreamInfer`, which carries the streams; for one thread.
///
/// Of gRPC over HTTP/2 it knows what that call needs. Headers of responses are not decoded: what is wrong
/// with a frame is said in its answer, and a call that ends is an error whatever its status.
final class GRPCClient: StreamClient {
  private let http: HTTP2Connection
  private let requests: InferenceRequests

  var socket: Socket { http.socket }

  /// Connects, asks for the model's metadata and begins the call.
  init(_ address: ServerAddress) throws {
    let model = String(address.path.dropFirst())
    guard !model.isEmpty else { throw LoadError("\(address): expected grpc://HOST:PORT/MODEL") }
    let http = try HTTP2Connection(address)
    http.call("ModelMetadata")
    var request = ProtobufMessage()
    request.add(1, model)
    http.send(message: request.bytes)
    http.finish()
    var requests: InferenceRequests?
    try http.socket.wait(for: "metadata") {
      try http.receive { requests = try InferenceRequests(model: model, metadata: $0) }
      return http.stream.isEnded ? () : nil
    }
    guard let requests else {
      throw LoadError("\(address): no metadata: is there a model '\(model)'?")
    }
    http.call("ModelStreamInfer")
    (self.http, self.requests) = (http, requests)
  }

  func start(_ stream: Int) { http.send(message: requests.request(stream, tag: nil)) }

  func send(_ stream: Int, tag: UInt32) { http.send(message: requests.request(stream, tag: tag)) }

  func finish() { http.finish() }

  func receive(_ take: (StreamAnswer) throws -> Void) throws {
    try http.receive { try take(StreamAnswer(response: $0)) }
    guard !http.stream.isEnded else {
      throw LoadError("\(socket.address): the server ended ModelStreamInfer")
    }
    try socket.requireOpen()
  }
}

extension HTTP2Connection {
  /// Begins a call of the service.
  fileprivate func call(_ method: String) {
    request([
      (":method", "POST"), (":scheme", "http"),
      (":path", "/inference.GRPCInferenceService/\(method)"),
      (":authority", socket.address.authority), ("te", "trailers"),
      ("content-type", "application/grpc"),
    ])
  }

  /// Adds a message that is not compressed.
  fileprivate func send(message: [UInt8]) {
    var prefix = ByteQueue()
    prefix.append(0)
    prefix.append(message.count, bytes: 4)
    send(Array(prefix.all), message)
  }
}
