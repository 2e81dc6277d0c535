import Foundation
import GRPCCore
import GRPCNIOTransportCore
import GRPCProtobuf
import NIOPosix
import OpenInferenceProtocol
import Synchronization

/// Streams over gRPC: each connection has one `ModelStreamInfer`, which carries the same number of them.
struct GRPCLoad: Sendable {
  private typealias Client = GRPCClient<HTTP2ClientTransport.WrappedChannel>

  private struct Progress: Sendable {
    var started = 0
    /// When frames begin; set once all streams have started.
    var begin: UInt64?
    var log: FrameLog?
  }

  private final class Shared: Sendable {
    let progress = Mutex(Progress())
  }

  let plan: LoadPlan
  let host: String
  let port: Int
  let model: String

  /// - Parameter address: `grpc://HOST:PORT/MODEL`; nil for anything else.
  init?(_ plan: LoadPlan, _ address: String) {
    guard let url = URLComponents(string: address), url.scheme == "grpc", let host = url.host,
      let port = url.port, url.path.count > 1
    else { return nil }
    (self.plan, self.host, self.port, model) = (plan, host, port, String(url.path.dropFirst()))
  }

  func run() async throws -> LoadResult {
    let shared = Shared()
    let count = min(plan.connections, plan.streams)
    return try await withThrowingTaskGroup(of: Void.self) { group in
      for connection in 0..<count {
        let streams = Array(stride(from: connection, to: plan.streams, by: count))
        group.addTask { try await run(streams, shared) }
      }
      group.addTask { try await begin(shared) }
      try await group.next()
      guard let begin = shared.progress.withLock({ $0.begin }) else {
        throw LoadError("a connection ended before all streams had started")
      }
      try await pause(until: begin + UInt64(plan.warmUp * 1e9))
      let usage = ProcessorUsage(plan.servers)
      try await pause(until: begin + UInt64((plan.warmUp + plan.seconds) * 1e9))
      let used = usage.sinceThen()
      try await group.waitForAll()
      guard let log = shared.progress.withLock({ $0.log }) else { throw LoadError("no frames") }
      return LoadResult(plan, log, used)
    }
  }

  /// Returns when all streams have started.
  private func begin(_ shared: Shared) async throws {
    let end = monotonicNanoseconds() + 60_000_000_000
    while true {
      let started = shared.progress.withLock { progress in
        guard progress.started == plan.streams else { return progress.started }
        let begin = monotonicNanoseconds() + 200_000_000
        progress.log = FrameLog(
          streams: plan.streams, recordedFrom: begin + UInt64(plan.warmUp * 1e9))
        progress.begin = begin
        return plan.streams
      }
      if started == plan.streams { return }
      guard monotonicNanoseconds() < end else {
        throw LoadError("\(started) of \(plan.streams) streams started within 60 s")
      }
      try await Task.sleep(for: .milliseconds(10))
    }
  }

  private func run(_ streams: [Int], _ shared: Shared) async throws {
    let client = Client(
      transport: try await .wrapping { configure in
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
          .channelOption(.tcpOption(.tcp_nodelay), value: 1)
          .connect(host: host, port: port) { configure($0) }
      })
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await client.runConnections() }
      let frame = try await frame(client)
      try await exchange(client, frame, streams, shared)
      client.beginGracefulShutdown()
      try await group.waitForAll()
    }
  }

  /// A request with one frame, as the model's metadata describe it.
  private func frame(_ client: Client) async throws -> Inference_ModelInferRequest {
    let metadata = try await client.unary(
      request: ClientRequest(message: Inference_ModelMetadataRequest.with { $0.name = model }),
      descriptor: method("ModelMetadata"),
      serializer: ProtobufSerializer<Inference_ModelMetadataRequest>(),
      deserializer: ProtobufDeserializer<Inference_ModelMetadataResponse>(),
      options: .defaults
    ) { try $0.message }
    var request = Inference_ModelInferRequest()
    request.modelName = model
    for input in metadata.inputs {
      guard input.datatype == "FP32" else {
        throw LoadError("input \(input.name): expected FP32, found \(input.datatype)")
      }
      let shape = input.shape.map { max(1, $0) }
      var tensor = Inference_ModelInferRequest.InferInputTensor()
      (tensor.name, tensor.datatype, tensor.shape) = (input.name, "FP32", shape)
      request.inputs.append(tensor)
      request.rawInputContents.append(Data(Message.values(Int(shape.reduce(1, *)))))
    }
    return request
  }

  private func exchange(
    _ client: Client, _ frame: Inference_ModelInferRequest, _ streams: [Int], _ shared: Shared
  ) async throws {
    try await client.bidirectionalStreaming(
      request: StreamingClientRequest { writer in
        for stream in streams { try await writer.write(request(frame, stream, tag: nil)) }
        try await send(frame, streams, shared, to: writer)
      },
      descriptor: method("ModelStreamInfer"),
      serializer: ProtobufSerializer<Inference_ModelInferRequest>(),
      deserializer: ProtobufDeserializer<Inference_ModelStreamInferResponse>(),
      options: .defaults
    ) { response in
      for try await message in response.messages { try take(message, shared) }
    }
  }

  /// Sends frames at their times, whatever was answered, and waits for the last answers.
  private func send(
    _ frame: Inference_ModelInferRequest, _ streams: [Int], _ shared: Shared,
    to writer: RPCWriter<Inference_ModelInferRequest>
  ) async throws {
    while shared.progress.withLock({ $0.begin }) == nil {
      try await Task.sleep(for: .milliseconds(10))
    }
    var part = plan
    part.streams = streams.count
    var arrivals = Arrivals(part, from: shared.progress.withLock { $0.begin ?? 0 })
    while !arrivals.areOver {
      let now = monotonicNanoseconds()
      while let (place, time) = arrivals.next(before: now) {
        let stream = streams[place]
        let tag = shared.progress.withLock { $0.log?.send(stream, scheduled: time) }
        try await writer.write(request(frame, stream, tag: tag))
      }
      try await pause(until: max(arrivals.nextTime, now + 500_000))
    }
    let patience = monotonicNanoseconds() + 10_000_000_000
    while shared.progress.withLock({ $0.log?.unanswered ?? 0 }) > 0,
      monotonicNanoseconds() < patience
    {
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  /// - Parameter tag: nil for the frame that starts the stream.
  private func request(
    _ frame: Inference_ModelInferRequest, _ stream: Int, tag: UInt32?
  ) -> Inference_ModelInferRequest {
    var request = frame
    request.id = "\(stream):\(tag.map { "\($0)" } ?? "")"
    request.parameters["sequence_id"] = .with { $0.int64Param = Int64(stream + 1) }
    if tag == nil { request.parameters["sequence_start"] = .with { $0.boolParam = true } }
    return request
  }

  private func take(_ message: Inference_ModelStreamInferResponse, _ shared: Shared) throws {
    let now = monotonicNanoseconds()
    let parts = message.inferResponse.id.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let stream = Int(parts[0]) else {
      throw LoadError("an answer with id '\(message.inferResponse.id)': \(message.errorMessage)")
    }
    let refusal = message.errorMessage.isEmpty ? nil : message.errorMessage
    guard let tag = UInt32(parts[1]) else {
      if let refusal { throw LoadError("a stream did not start: \(refusal)") }
      return shared.progress.withLock { $0.started += 1 }
    }
    shared.progress.withLock { $0.log?.answer(stream, tag: tag, refusal: refusal, at: now) }
  }

  private func method(_ name: String) -> MethodDescriptor {
    MethodDescriptor(fullyQualifiedService: "inference.GRPCInferenceService", method: name)
  }

  private func pause(until time: UInt64) async throws {
    let now = monotonicNanoseconds()
    if time > now { try await Task.sleep(for: .nanoseconds(Int(time - now))) }
  }
}
