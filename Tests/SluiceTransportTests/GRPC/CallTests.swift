import FoundationEssentials
import GRPCCore
import Logging
import OpenInferenceProtocol
import ServiceLifecycle
import Sluice
import SluiceServing
import SluiceTestSupport
import Testing

@testable import SluiceGRPC

@Suite("Calls over gRPC", .timeLimit(.minutes(10)))
struct CallTests {
  private typealias Request = Inference_ModelInferRequest

  /// A frame of `[x, 1]` for "sum".
  private func frame(_ x: Float, change: (inout Request) -> Void = { _ in }) -> Request {
    var message = InferenceRequest(
      model: "sum", inputs: ["x": Tensor([x, 1], shape: [1, 2])]
    ).message(raw: false)
    change(&message)
    return message
  }

  private func refusal(
    _ server: TestGRPCServer, _ message: Request, metadata: Metadata = [:]
  ) async throws -> RPCError {
    try #require(
      await #expect(throws: RPCError.self) {
        try await server.client.modelInfer(message, metadata: metadata)
      })
  }

  /// A message that is wrong in one thing.
  struct Wrong: Sendable, CustomStringConvertible {
    let description: String
    /// Part of what the error says.
    let said: String
    let spoil: @Sendable (inout Inference_ModelInferRequest) -> Void

    init(
      _ description: String, says said: String,
      _ spoil: @escaping @Sendable (inout Inference_ModelInferRequest) -> Void
    ) {
      (self.description, self.said, self.spoil) = (description, said, spoil)
    }
  }

  static let wrongMessages = [
    Wrong("datatype", says: "expected a datatype of BOOL") { $0.inputs[0].datatype = "FP33" },
    Wrong("negative size", says: "whole numbers from 0") { $0.inputs[0].shape = [-1, 2] },
    Wrong("huge sizes", says: "whole numbers from 0") { $0.inputs[0].shape = [1 << 40, 1 << 40] },
    Wrong("many axes", says: "up to 16") { $0.inputs[0].shape = Array(repeating: 1, count: 17) },
    Wrong("too few elements", says: "has 2 elements; found 1") {
      $0.inputs[0].contents.fp32Contents = [1]
    },
    Wrong("another field", says: "has 2 elements; found 0") { $0.inputs[0].datatype = "INT32" },
    Wrong("numbers that INT8 has not", says: "are no INT8 numbers") {
      $0.inputs[0].datatype = "INT8"
      $0.inputs[0].contents.intContents = [1, 128]
    },
    Wrong("half precision in a list", says: "raw_input_contents only") {
      $0.inputs[0].datatype = "FP16"
    },
    Wrong("twice the same input", says: "is there twice") { $0.inputs.append($0.inputs[0]) },
    Wrong("raw and typed", says: "found both") { $0.rawInputContents = [Data(count: 8)] },
    Wrong("raw bytes of another count", says: "does not have 7 bytes") {
      $0.inputs[0].clearContents()
      $0.rawInputContents = [Data(count: 7)]
    },
    Wrong("more raw tensors than inputs", says: "each of the 1 inputs; found 2") {
      $0.inputs[0].clearContents()
      $0.rawInputContents = [Data(count: 8), Data(count: 8)]
    },
    Wrong("shared memory", says: "'shared_memory_region' is not supported") {
      $0.inputs[0].parameters["shared_memory_region"] = .with { $0.stringParam = "a" }
    },
    Wrong("classification", says: "'classification' is not supported") {
      $0.outputs = [
        .with {
          $0.name = "y"
          $0.parameters["classification"] = .with { $0.int64Param = 1 }
        }
      ]
    },
    Wrong("a stream that is no name", says: "'sequence_id'") {
      $0.parameters["sequence_id"] = .with { $0.boolParam = true }
    },
    Wrong("a negative stream", says: "'sequence_id'") {
      $0.parameters["sequence_id"] = .with { $0.int64Param = -1 }
    },
    Wrong("a start that is no flag", says: "expected true or false") {
      $0.parameters["sequence_id"] = .with { $0.int64Param = 1 }
      $0.parameters["sequence_start"] = .with { $0.int64Param = 1 }
    },
    Wrong("a negative timeout", says: "microseconds from 0") {
      $0.parameters["timeout"] = .with { $0.int64Param = -1 }
    },
    Wrong("a version that is no number", says: "expected a whole number from 1; found 'new'") {
      $0.modelVersion = "new"
    },
  ]

  @Test(arguments: wrongMessages)
  func `what is wrong is said, and the next call works`(_ wrong: Wrong) async throws {
    try await TestGRPCServer.sum { server in
      let error = try await refusal(server, frame(1, change: wrong.spoil))
      #expect(error.code == .invalidArgument)
      #expect(error.message.contains(wrong.said), "\(error.message)")
      #expect(InferenceAnswer(try await server.client.modelInfer(frame(1))).outputs["y"] != nil)
    }
  }

  @Test func `a message beyond the limit is refused`() async throws {
    let large = frame(1) { $0.id = String(repeating: "a", count: 5000) }
    try await TestGRPCServer.sum {
      $0.maximumMessageBytes = 4096
    } _: { server in
      let error = try await refusal(server, large)
      #expect(error.code == .resourceExhausted)
      #expect(error.message.contains("at most 4096 bytes"), "\(error.message)")
      let streaming = await #expect(throws: RPCError.self) {
        try await server.client.modelStreamInfer { writer in
          try await writer.write(frame(1))
          try await writer.write(large)
        } onResponse: { response in
          for try await _ in response.messages {}
        }
      }
      #expect(streaming?.code == .resourceExhausted)
      _ = try await server.client.modelInfer(frame(1))
    }
  }

  @Test func `a deadline that has passed is honoured before anything is computed`() async throws {
    try await TestGRPCServer.sum { server in
      let stream = frame(1) {
        $0.parameters["sequence_id"] = .with { $0.int64Param = 3 }
        $0.parameters["sequence_start"] = .with { $0.boolParam = true }
      }
      _ = try await server.client.modelInfer(stream)
      let error = try await refusal(
        server, frame(1) { $0.parameters["sequence_id"] = .with { $0.int64Param = 3 } },
        metadata: ["grpc-timeout": "0n"])
      #expect(error.code == .deadlineExceeded)
      let next = try await server.client.modelInfer(
        frame(5) { $0.parameters["sequence_id"] = .with { $0.int64Param = 3 } })
      #expect(InferenceAnswer(next).outputs["y"]?.floats() == [6, 2])
    }
  }

  @Test func `one stream too many is told when to come again`() async throws {
    try await TestGRPCServer.sum { server in
      func start(_ stream: Int64) -> Request {
        frame(1) {
          $0.parameters["sequence_id"] = .with { $0.int64Param = stream }
          $0.parameters["sequence_start"] = .with { $0.boolParam = true }
        }
      }
      for stream in 1...4 { _ = try await server.client.modelInfer(start(Int64(stream))) }
      let error = try await refusal(server, start(5))
      #expect(error.code == .resourceExhausted)
      #expect(error.metadata[stringValues: "retry-after"].contains { Int($0) != nil })
    }
  }

  @Test func `a call that streams says when what is refused may be tried again`() async throws {
    try await TestGRPCServer.sum { server in
      let messages = (1...6).map { number in
        frame(1) {
          $0.id = "\(number)"
          $0.parameters["sequence_id"] = .with { $0.int64Param = Int64(number) }
          $0.parameters["sequence_start"] = .with { $0.boolParam = number < 6 }
        }
      }
      let replies = try await server.client.modelStreamInfer { writer in
        for message in messages { try await writer.write(message) }
      } onResponse: { response in
        try await response.messages.reduce(into: [String: Inference_ModelStreamInferResponse]()) {
          $0[$1.inferResponse.id] = $1
        }
      }
      for number in 1...4 { #expect(replies["\(number)"]?.errorMessage == "") }
      let full = try #require(replies["5"])
      #expect(full.errorMessage.contains("try again later"))
      #expect(full.inferResponse.parameters["retry_after_ms"]?.int64Param == 1000)
      let unknown = try #require(replies["6"])
      #expect(unknown.errorMessage.contains("start it first"))
      #expect(unknown.inferResponse.parameters["retry_after_ms"] == nil)
    }
  }

  @Test func `a server that drains says when to come again`() async throws {
    let service = try InferenceService.sum()
    try await TestGRPCServer.run(service) { server in
      await service.drain(timeout: .seconds(1))
      let error = try await refusal(server, frame(1))
      #expect(error.code == .unavailable)
      #expect(Array(error.metadata[stringValues: "retry-after"]) == ["1"])
    }
  }

  @Test func `statistics say how many steps had how many streams`() async throws {
    try await TestGRPCServer.sum { server in
      _ = try await server.client.modelInfer(frame(1))
      let sequences = InferenceRequest(
        model: "sum", inputs: ["x": Tensor(zeros: .float32, shape: [2, 3, 2])])
      _ = try await server.client.modelInfer(sequences.message(raw: true))
      let statistics = try await server.client.modelStatistics(.with { $0.name = "sum" })
      let model = try #require(statistics.modelStats.first)
      #expect((model.inferenceCount, model.executionCount) == (2, 3))
      #expect(model.batchStats.map(\.batchSize) == [1, 3])
      #expect(model.batchStats.map(\.computeInfer.count) == [1, 2])
    }
  }

  @Test func `a server with tokens asks for one`() async throws {
    let token = "0123456789abcdef"
    let tokens = try BearerTokens(text: token)
    try await TestGRPCServer.sum {
      $0.tokens = tokens
    } _: { server in
      #expect(try await server.client.serverLive(.init()).live)
      #expect(try await refusal(server, frame(1)).code == .unauthenticated)
      let wrong: Metadata = ["authorization": "Bearer \(token)0"]
      #expect(try await refusal(server, frame(1), metadata: wrong).code == .unauthenticated)
      let right: Metadata = ["authorization": "Bearer \(token)"]
      _ = try await server.client.modelInfer(frame(1), metadata: right)
    }
  }

  /// More messages than may be unanswered, and a client that reads nothing before it has sent them all.
  @Test func `a call takes more messages than it may leave unanswered`() async throws {
    try await TestGRPCServer.sum {
      $0.maximumUnansweredMessages = 2
    } _: { server in
      let count = 200
      let messages = (1...count).map { step in
        frame(Float(step)) {
          $0.id = "\(step)"
          $0.parameters["sequence_id"] = .with { $0.stringParam = "a" }
          $0.parameters["sequence_start"] = .with { $0.boolParam = step == 1 }
        }
      }
      let ids = try await server.client.modelStreamInfer { writer in
        for message in messages { try await writer.write(message) }
      } onResponse: { response in
        try await response.messages.reduce(into: [String]()) { $0.append($1.inferResponse.id) }
      }
      #expect(ids == (1...count).map { "\($0)" })
    }
  }

  @Test func `a client that goes away in the middle of a call leaves its stream`() async throws {
    try await TestGRPCServer.sum { server in
      let start = frame(1) {
        $0.parameters["sequence_id"] = .with { $0.stringParam = "left" }
        $0.parameters["sequence_start"] = .with { $0.boolParam = true }
      }
      let call = Task {
        try await server.client.modelStreamInfer { writer in
          try await writer.write(start)
          try await Task.sleep(for: .seconds(60))
        } onResponse: { response in
          for try await _ in response.messages { throw CancellationError() }
        }
      }
      _ = await call.result
      let next = try await server.client.modelInfer(
        frame(2) { $0.parameters["sequence_id"] = .with { $0.stringParam = "left" } })
      #expect(InferenceAnswer(next).outputs["y"]?.floats() == [3, 2])
    }
  }

  @Test func `a server that is to end answers what it has and ends calls that stream`()
    async throws
  {
    let service = try InferenceService.sum()
    let (ports, continuation) = AsyncStream<Int>.makeStream()
    var options = GRPCOptions()
    options.port = 0
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let group = ServiceGroup(
      services: [
        GRPCInferenceServer(service, options, logger: logger) { continuation.yield($0) }
      ], logger: logger)
    async let running: Void = group.run()
    var iterator = ports.makeAsyncIterator()
    let port = try #require(await iterator.next())
    try await TestGRPCServer.connected(to: port) { server in
      let (answered, isAnswered) = AsyncStream<Void>.makeStream()
      let error = await #expect(throws: RPCError.self) {
        try await server.client.modelStreamInfer { writer in
          try await writer.write(frame(1))
          for await _ in answered { await group.triggerGracefulShutdown() }
        } onResponse: { response in
          for try await message in response.messages {
            #expect(InferenceAnswer(message.inferResponse).outputs["y"]?.floats() == [1, 1])
            isAnswered.yield()
          }
        }
      }
      #expect(error?.code == .unavailable)
    }
    try await running
  }
}
