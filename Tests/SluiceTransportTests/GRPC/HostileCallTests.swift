import GRPCCore
import OpenInferenceProtocol
import SluiceServing
import SluiceTestSupport
import SwiftProtobuf
import Testing

@Suite(
  "Calls that nobody should make are refused, and the server goes on", .timeLimit(.minutes(10)))
struct HostileCallTests {
  private static let service = "inference.GRPCInferenceService"

  /// A frame of `[1, 1]` for "sum".
  private static let frame = Inference_ModelInferRequest.with {
    $0.modelName = "sum"
    $0.inputs = [
      .with {
        $0.name = "x"
        $0.datatype = "FP32"
        $0.shape = [1, 2]
        $0.contents.fp32Contents = [1, 1]
      }
    ]
  }

  /// What a call with these bytes in place of a message ends with.
  private func refusal(
    _ server: TestGRPCServer, _ service: String, _ method: String, _ bytes: [UInt8] = []
  ) async throws -> RPCError {
    try #require(
      await #expect(throws: RPCError.self, "\(service)/\(method)") {
        try await server.connection.unary(
          request: ClientRequest(message: bytes),
          descriptor: MethodDescriptor(fullyQualifiedService: service, method: method),
          serializer: PlainBytes(), deserializer: PlainBytes(), options: .defaults
        ) { try $0.message }
      })
  }

  private func goesOn(_ server: TestGRPCServer) async throws {
    let answer = try await server.client.modelInfer(HostileCallTests.frame)
    #expect(answer.outputs.contains { $0.name == "y" })
  }

  @Test func `what is not there is not implemented`() async throws {
    try await TestGRPCServer.sum { server in
      for (service, method) in [
        (HostileCallTests.service, "ModelTrain"), (HostileCallTests.service, ""),
        ("inference.Nothing", "ModelInfer"), ("grpc.health.v1.Health", "Check"),
      ] {
        let error = try await refusal(server, service, method)
        #expect(error.code == .unimplemented, "\(service)/\(method): \(error)")
      }
      try await goesOn(server)
    }
  }

  @Test func `bytes that are no message are refused`() async throws {
    try await TestGRPCServer.sum { server in
      let message: [UInt8] = try HostileCallTests.frame.serializedBytes()
      for bytes in [[0xFF], [0x0A, 0x7F], Array(message.dropLast()), message + [0x0B]] {
        let error = try await refusal(server, HostileCallTests.service, "ModelInfer", bytes)
        #expect(error.code == .invalidArgument, "\(bytes.count) bytes: \(error)")
      }
      try await goesOn(server)
    }
  }

  @Test(arguments: ["", "1", "S", "1s", "-1S", "+1S", "1 S", "1.5S", "123456789S", "soon", "٣S"])
  func `a timeout that is none is refused`(_ timeout: String) async throws {
    try await TestGRPCServer.sum { server in
      let metadata: Metadata = ["grpc-timeout": .string(timeout)]
      let unary = await #expect(throws: RPCError.self) {
        try await server.client.modelInfer(HostileCallTests.frame, metadata: metadata)
      }
      #expect(unary?.code == .invalidArgument)
      let streaming = await #expect(throws: RPCError.self) {
        try await server.client.modelStreamInfer(metadata: metadata) { _ in
        } onResponse: { response in
          for try await _ in response.messages {}
        }
      }
      #expect(streaming?.code == .invalidArgument)
      try await goesOn(server)
    }
  }

  @Test(arguments: ["1S", "99999999m", "9999999H", "99999999H", "60000000u"])
  func `a timeout may be as long as can be said`(_ timeout: String) async throws {
    try await TestGRPCServer.sum { server in
      let answer = try await server.client.modelInfer(
        HostileCallTests.frame, metadata: ["grpc-timeout": .string(timeout)])
      #expect(answer.outputs.contains { $0.name == "y" })
    }
  }

  /// The client waits for ever.
  @Test func `a streaming call whose time is over ends`() async throws {
    try await TestGRPCServer.sum { server in
      let error = await #expect(throws: RPCError.self) {
        try await server.client.modelStreamInfer(metadata: ["grpc-timeout": "50m"]) { writer in
          try await writer.write(HostileCallTests.frame)
          try await Task.sleep(for: .seconds(100))
        } onResponse: { response in
          for try await _ in response.messages {}
        }
      }
      #expect(error?.code == .deadlineExceeded)
      try await goesOn(server)
    }
  }

  @Test func `a call whose client reads nothing is cut off, and its connection is not`()
    async throws
  {
    var sequence = HostileCallTests.frame
    sequence.inputs[0].shape = [1500, 1, 2]
    sequence.inputs[0].contents.fp32Contents = Array(repeating: 1, count: 3000)
    let call = TestFrames.call(
      "/\(HostileCallTests.service)/ModelInfer", message: try sequence.serializedBytes(), window: 0)
    try await TestGRPCServer.sum {
      $0.stallTimeout = .milliseconds(50)
    } _: { server in
      let connection = try await TestConnection(port: server.port)
      try await connection.send(call)
      var type: UInt8 = 0
      // RST_STREAM
      while type != 3 {
        let head = try await connection.bytes(9)
        type = head[3]
        _ = try await connection.bytes(head[..<3].reduce(0) { $0 << 8 | Int($1) })
      }
      try await goesOn(server)
    }
  }

  @Test func `a connection from which nothing comes is closed`() async throws {
    try await TestGRPCServer.sum {
      $0.pingInterval = .milliseconds(50)
      $0.pingTimeout = .milliseconds(50)
    } _: { server in
      for bytes in [[], TestFrames.preface] {
        let connection = try await TestConnection(port: server.port)
        // The server may have closed by then.
        try? await connection.send(bytes)
        _ = await connection.rest()
      }
    }
  }

  @Test func `a connection whose client does not know that the server ends is closed`()
    async throws
  {
    let connection = try await TestGRPCServer.sum {
      $0.closingTime = .milliseconds(50)
    } _: { server in
      let connection = try await TestConnection(port: server.port)
      try await connection.send(TestFrames.preface)
      _ = try await connection.bytes(9)
      return connection
    }
    _ = await connection.rest()
  }

  @Test func `one connection too many is closed, and its place is free again`() async throws {
    try await TestGRPCServer.sum {
      $0.maximumConnections = 2
    } _: { server in
      try await goesOn(server)
      let second = try await TestConnection(port: server.port)
      try await second.send(TestFrames.preface)
      _ = try await second.bytes(9)
      let refused = try await TestConnection(port: server.port)
      #expect(await refused.rest().isEmpty)
      try await second.close()
      // The server learns of it when it does.
      while true {
        let third = try await TestConnection(port: server.port)
        try? await third.send(TestFrames.preface)
        if (try? await third.bytes(9)) != nil { break }
      }
    }
  }

  @Test func `what does not begin as HTTP/2 does is closed`() async throws {
    try await TestGRPCServer.sum { server in
      let connection = try await TestConnection(port: server.port)
      try? await connection.send("GET /v2 HTTP/1.1\r\nHost: a\r\n\r\n")
      _ = await connection.rest()
      for count in TestFrames.preface.indices {
        let connection = try await TestConnection(port: server.port)
        try await connection.send(Array(TestFrames.preface[..<count]))
        try await connection.close()
      }
      try await goesOn(server)
    }
  }

  @Test(arguments: 1...20)
  func `bytes at random leave the server as it was`(_ seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let message: [UInt8] = try HostileCallTests.frame.serializedBytes()
    let valid = TestFrames.call("/\(HostileCallTests.service)/ModelInfer", message: message)
    let service = try InferenceService.sum()
    try await TestGRPCServer.run(service) { server in
      let connection = try await TestConnection(port: server.port)
      try await connection.send(valid)
      while service.report.models.first?.sequencesAnswered == 0 {
        _ = try await connection.bytes(1)
      }
      for _ in 0..<10 {
        var bytes = valid
        for _ in 0..<Int.random(in: 1...8, using: &random) {
          let place = Int.random(in: 0..<bytes.count, using: &random)
          switch Int.random(in: 0..<3, using: &random) {
          case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
          case 1: bytes.remove(at: place)
          default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
          }
        }
        let connection = try await TestConnection(port: server.port)
        // The server may close before it has read all.
        try? await connection.send(bytes)
        try? await connection.close()
      }
      try await goesOn(server)
    }
  }
}

/// A message as it goes over the wire.
private struct PlainBytes: MessageSerializer, MessageDeserializer {
  func serialize<Bytes: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Bytes { Bytes(message) }

  func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> [UInt8] {
    unsafe bytes.withUnsafeBytes { unsafe Array($0) }
  }
}
