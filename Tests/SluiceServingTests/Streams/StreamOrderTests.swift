import Sluice
import SluiceServing
import SluiceTestSupport
import Testing

struct StreamOrderTests {
  @Test("a stream starts, takes its frames in order and ends")
  func life() async throws {
    let test = try TestService()
    let first = try await test.send("7", 1, starts: true)
    #expect(first.outputs["y"]?.floats() == [1, 1])
    #expect((first.version, first.framesTaken) == (1, 1))
    #expect(try await test.sum("7", 10) == 11)
    let last = try await test.send("7", 100, ends: true)
    #expect(last.outputs["y"]?.floats() == [111, 3])
    #expect(last.framesTaken == 3)
    let error = try await test.refusal("7", 1)
    #expect(error.code == .unknownStream)
    #expect(error.message == "'sum' has no stream 7: start it first")
  }

  @Test("a start on a live identifier starts it again, with a frame or without")
  func restart() async throws {
    let test = try TestService()
    #expect(try await test.sum("a", 1, starts: true) == 1)
    #expect(try await test.sum("a", 1) == 2)
    #expect(try await test.sum("a", 5, starts: true) == 5)
    #expect(try await test.send("a", starts: true).framesTaken == 0)
    #expect(try await test.sum("a", 3) == 3)
    #expect(try test.report.streamsActive == 1)
  }

  @Test("one request can be a whole stream; identifiers are free again after it")
  func oneRequest() async throws {
    let test = try TestService(streams: 1)
    for number in 1...50 {
      #expect(try await test.sum("s", Float(number), starts: true, ends: true) == Float(number))
    }
    #expect(try test.report.slotsTaken == 0)
    #expect(try test.report.streamsActive == 0)
  }

  @Test("identifiers are each model's own; a number and its digits are one identifier")
  func identifiers() async throws {
    let test = try TestService()
    try test.service.add(.runningSum(scale: 2), name: "double")
    #expect(try await test.sum("1", 1, starts: true) == 1)
    var request = try test.request("1", 1, starts: true)
    request.model = "double"
    #expect(try await test.service.answer(to: request).outputs["y"]?.floats()[0] == 2)
    request.starts = false
    request.stream = StreamIdentifier(1)
    #expect(try await test.service.answer(to: request).outputs["y"]?.floats()[0] == 4)
    #expect(try await test.sum("1", 1) == 2)
    for text in ["", "a\n", "\u{0}", "\u{7F}"] { #expect(StreamIdentifier(text) == nil) }
    #expect(StreamIdentifier(String(repeating: "x", count: 256)) != nil)
    #expect(StreamIdentifier(String(repeating: "x", count: 257)) == nil)
    request.model = "other"
    let unknown = request
    let error = await #expect(throws: ServingError.self) {
      try await test.service.answer(to: unknown)
    }
    #expect(error?.code == .unknownModel)
  }

  @Test("requests in flight for one stream keep the order in which they were put in")
  func inFlight() async throws {
    let test = try TestService { $0.maximumQueuedRequests = 300 }
    let log = AnswerLog()
    var expected: [String] = []
    var sum: Float = 0
    try await test.hold()
    for number in 0..<300 {
      let starts = number % 100 == 0
      sum = starts ? Float(number) : sum + Float(number)
      expected.append("\(sum)")
      test.service.submit(try test.request("s", Float(number), starts: starts)) {
        log.add(number, $0)
      }
    }
    await test.release()
    let answers = await log.all(300)
    #expect(answers.map(\.number) == Array(0..<300))
    #expect(answers.map(\.result.short) == expected)
  }

  @Test("after an end in flight only a start goes on, in the slot that the stream has")
  func endInFlight() async throws {
    let test = try TestService(streams: 2)
    let log = AnswerLog()
    try await test.hold()
    let requests = [
      try test.request("s", 1, starts: true), try test.request("s", 2, ends: true),
      try test.request("s", 3), try test.request("s", 4, starts: true), try test.request("s", 5),
    ]
    for (number, request) in requests.enumerated() {
      test.service.submit(request) { log.add(number, $0) }
    }
    let other = try await test.refusal("t", 1, starts: true)
    #expect(other.code == .full)
    await test.release()
    let answers = await log.all(5).sorted { $0.number < $1.number }
    #expect(answers.map(\.result.short) == ["1.0", "3.0", "unknownStream", "4.0", "9.0"])
  }

  @Test("a frame that does not fit leaves the stream as it was")
  func refusedFrame() async throws {
    let test = try TestService()
    #expect(try await test.sum("s", 1, starts: true) == 1)
    var request = try test.request("s", 1)
    for arrays in [
      ["x": Tensor([Float(1)])], ["z": Tensor([Float(1), 2])], [:],
      ["x": Tensor([Float(1), 2]), "z": Tensor([Float(1)])],
    ] {
      request.action = .frames(arrays)
      let refused = request
      let error = await #expect(throws: ServingError.self) {
        try await test.service.answer(to: refused)
      }
      #expect(error?.code == .refused)
    }
    let answer = try await test.send("s", 1)
    #expect(answer.outputs["y"]?.floats() == [2, 2])
    #expect(answer.framesTaken == 2)
    #expect(try test.report.refusals[.refused] == 4)
  }

  @Test("a start whose frame does not fit leaves no stream, and what waits behind it is refused")
  func refusedStart() async throws {
    let test = try TestService(streams: 2)
    #expect(try await test.sum("s", 1, starts: true) == 1)
    let log = AnswerLog()
    var bad = try test.request("s", 1, starts: true)
    bad.action = .frames(["x": Tensor([Float(1)])])
    try await test.hold()
    let requests = [try test.request("s", 1), bad, try test.request("s", 5)]
    for (number, request) in requests.enumerated() {
      test.service.submit(request) { log.add(number, $0) }
    }
    await test.release()
    let answers = await log.all(3).sorted { $0.number < $1.number }
    #expect(answers.map(\.result.short) == ["2.0", "refused", "unknownStream"])
    #expect(try await test.refusal("s", 1).code == .unknownStream)
    #expect(try await test.sum("t", 1, starts: true) == 1)
  }

  @Test("a row of frames in one request is what its frames are one by one")
  func rows() async throws {
    let test = try TestService()
    var request = try test.request("s", starts: true)
    request.action = .frames(["x": Tensor([Float(1), 1, 2, 1, 3, 1], shape: [3, 1, 2])])
    let answer = try await test.service.answer(to: request)
    #expect(answer.outputs["y"]?.floats() == [1, 1, 3, 2, 6, 3])
    #expect(answer.framesTaken == 3)
    let next = try await test.send("s", 4)
    #expect(next.outputs["y"]?.floats() == [10, 4])
    #expect(next.framesTaken == 4)
  }

  @Test("requests without an identifier are whole sequences, a stream for each row")
  func sequences() async throws {
    let test = try TestService(streams: 2)
    #expect(try await test.sum("s", 1, starts: true) == 1)
    let arrays = ["x": Tensor((0..<12).map { Float($0) }, shape: [2, 3, 2])]
    let answer = try await test.service.answer(
      to: SequenceRequest(model: "sum", arrays: arrays))
    #expect(answer.outputs["y"]?.floats() == [0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16])
    #expect(answer.outputs["sum_out"]?.floats() == [6, 8, 10, 12, 14, 16])
    #expect(try await test.sum("s", 1) == 2)
    #expect(try test.report.slotsTaken == 1)
    #expect(try test.report.sequencesAnswered == 1)
    _ = try await test.send("t", starts: true)
    let full = await #expect(throws: ServingError.self) {
      try await test.service.answer(to: SequenceRequest(model: "sum", arrays: arrays))
    }
    #expect(full?.code == .full)
    let refused = await #expect(throws: ServingError.self) {
      try await test.service.answer(to: SequenceRequest(model: "sum", arrays: [:]))
    }
    #expect(refused?.code == .refused)
  }
}
