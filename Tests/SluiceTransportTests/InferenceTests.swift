import Sluice
import SluiceTestSupport
import Testing

@testable import SluiceHTTP
@testable import SluiceServing

@Suite(
  "The same requests give the same in process, over HTTP and over gRPC", .timeLimit(.minutes(10)))
struct InferenceTests {
  typealias Way = InferenceCaller.Way

  /// A frame of `[x, 1]` for a stream of "sum".
  private func frame(
    _ x: Float, _ stream: StreamIdentifier?, starts: Bool = false, ends: Bool = false,
    timeout: Duration? = nil
  ) -> InferenceRequest {
    InferenceRequest(
      model: "sum", id: "\(x)", inputs: ["x": Tensor([x, 1], shape: [1, 2])], stream: stream,
      starts: starts, ends: ends, timeout: timeout)
  }

  private func failure(
    _ caller: InferenceCaller, _ request: InferenceRequest
  ) async throws -> CallFailure {
    try #require(
      await #expect(throws: CallFailure.self) { try await caller.answer(request) })
  }

  @Test(arguments: Way.allCases)
  func `streams in turns have sums of their own`(_ way: Way) async throws {
    try await InferenceCaller.run(way, .sum()) { caller in
      let streams = ["7", "a stream/with ümlaut"].compactMap { StreamIdentifier($0) }
      for step in 1...5 {
        for (index, stream) in streams.enumerated() {
          let x = Float(step * (index + 1))
          let answer = try await caller.answer(
            frame(x, stream, starts: step == 1, ends: step == 5))
          let sum = Float((index + 1) * step * (step + 1) / 2)
          #expect(answer.outputs["y"] == Tensor([sum, Float(step)], shape: [1, 2]))
          #expect(answer.id == "\(x)")
          #expect(answer.version == 1)
          #expect(
            answer.stream
              == .init(identifier: stream, framesTaken: step, wasHibernated: false))
        }
      }
      #expect(try await failure(caller, frame(1, streams[0])).status == 404)
    }
  }

  @Test(arguments: Way.allCases)
  func `a start begins a stream afresh`(_ way: Way) async throws {
    try await InferenceCaller.run(way, .sum()) { caller in
      let stream = StreamIdentifier(9)
      for _ in 0..<3 {
        let answer = try await caller.answer(frame(2, stream, starts: true))
        #expect(answer.outputs["y"]?.floats() == [2, 1])
      }
    }
  }

  @Test(arguments: Way.allCases)
  func `a stream can end without a frame`(_ way: Way) async throws {
    try await InferenceCaller.run(way, .sum()) { caller in
      let stream = StreamIdentifier(9)
      _ = try await caller.answer(frame(2, stream, starts: true))
      let end = InferenceRequest(model: "sum", inputs: [:], stream: stream, ends: true)
      #expect(try await caller.answer(end).outputs.isEmpty)
      let failure = try await failure(caller, frame(1, stream))
      #expect(failure.message.contains("start it first"))
    }
  }

  @Test(arguments: Way.allCases)
  func `without an identifier inputs are whole sequences`(_ way: Way) async throws {
    try await InferenceCaller.run(way, .sum()) { caller in
      let request = InferenceRequest(
        model: "sum", inputs: ["x": Tensor((0..<8).map(Float.init), shape: [4, 1, 2])])
      let answer = try await caller.answer(request)
      #expect(answer.outputs["y"]?.floats() == [0, 1, 2, 4, 6, 9, 12, 16])
      #expect(answer.stream == nil)
    }
  }

  @Test(arguments: Way.allCases)
  func `numbers come and go with all their bits`(_ way: Way) async throws {
    var random = SeededGenerator(seed: 5)
    let numbers: [Float] =
      [.leastNonzeroMagnitude, .greatestFiniteMagnitude, -0.0, .pi, 1 / 3, .infinity, -.infinity]
      + (0..<100).map { _ in Float(bitPattern: UInt32.random(in: 0..<0x7F80_0000, using: &random)) }
    try await InferenceCaller.run(way, .sum()) { caller in
      for (index, number) in numbers.enumerated() {
        let answer = try await caller.answer(
          frame(number, StreamIdentifier(3), starts: true))
        // The sum begins with +0, and −0 + 0 is +0.
        let expected = number + 0
        let found = try #require(answer.outputs["y"]).floats()[0]
        #expect(found.bitPattern == expected.bitPattern, "number \(index): \(number)")
      }
      let answer = try await caller.answer(frame(.nan, StreamIdentifier(3), starts: true))
      #expect(answer.outputs["y"]?.floats()[0].isNaN == true)
    }
  }

  @Test(arguments: Way.allCases)
  func `only the outputs that are asked for come`(_ way: Way) async throws {
    try await InferenceCaller.run(way, .sum()) { caller in
      var request = frame(2, StreamIdentifier(1), starts: true)
      request.outputs = ["y"]
      #expect(try await caller.answer(request).outputs.names == ["y"])
      request.outputs = ["z"]
      let failure = try await failure(caller, request)
      #expect(failure.status == 400)
      #expect(failure.message.contains("no output 'z'"))
    }
  }

  @Test(arguments: Way.allCases)
  func `one stream more than there are slots is refused`(_ way: Way) async throws {
    try await InferenceCaller.run(way, .sum(streams: 2)) { caller in
      for number in 1...2 {
        _ = try await caller.answer(frame(1, StreamIdentifier(UInt64(number)), starts: true))
      }
      let failure = try await failure(caller, frame(1, StreamIdentifier(3), starts: true))
      #expect(failure.status == 503)
    }
  }

  @Test(arguments: Way.allCases)
  func `what is not a frame is refused, and the stream goes on`(_ way: Way) async throws {
    try await InferenceCaller.run(way, .sum()) { caller in
      let stream = StreamIdentifier(4)
      _ = try await caller.answer(frame(2, stream, starts: true))
      let wrong: [[String: Tensor]] = [
        ["x": Tensor([Float(1)], shape: [1, 1])], ["x": Tensor([Int64(1), 1], shape: [1, 2])],
        ["z": Tensor([Float(1), 1], shape: [1, 2])], ["x": Tensor([Float](), shape: [0, 2])],
      ]
      for inputs in wrong {
        let request = InferenceRequest(model: "sum", inputs: inputs, stream: stream)
        #expect(try await failure(caller, request).status == 400)
      }
      #expect(try await caller.answer(frame(2, stream)).outputs["y"]?.floats() == [4, 2])
    }
  }

  @Test(arguments: Way.allCases)
  func `models, versions and flags that make no sense are refused`(_ way: Way) async throws {
    try await InferenceCaller.run(way, .sum()) { caller in
      var request = frame(1, StreamIdentifier(1), starts: true)
      request.model = "product"
      #expect(try await failure(caller, request).status == 404)
      request.model = "sum"
      request.version = 2
      #expect(try await failure(caller, request).status == 404)
      let failure = try await failure(caller, frame(1, nil, starts: true))
      #expect(failure.status == 400)
      #expect(failure.message.contains("sequence_id"))
    }
  }
}
