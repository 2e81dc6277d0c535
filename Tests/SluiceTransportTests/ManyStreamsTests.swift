import Sluice
import SluiceFormats
import SluiceTestSupport
import Testing

@testable import SluiceHTTP
@testable import SluiceServing

/// DESIGN.md section 5, property 2, over sockets: streams of many clients on one server, all transports at
/// the same time, whose clients are killed.
@Suite(.timeLimit(.minutes(10)))
struct ManyStreamsTests {
  private static let token = "0123456789abcdef"
  private static let headers = ["Authorization": "Bearer \(token)"]

  @Test(
    "200 streams that come, go, start over and lose their clients give the bits they give alone",
    arguments: [("reference", 11), ("cpu", 12)] as [(String, UInt64)])
  func sameBits(backend: String, seed: UInt64) async throws {
    let streams = RandomStreams(seed: seed, backend: backend)
    // What a killed client leaves behind has slots of its own until it has ended.
    let options = ServingOptions(
      engine: EngineOptions(backend: .named(backend), maximumStreams: 640))
    let service = InferenceService(options)
    try service.add(streams.model, name: "random")
    let lives = try streams.alone(0..<200).enumerated().map { Life(streams, $0, expected: $1) }
    let tokens = try BearerTokens(text: Self.token)
    let (failures, kills) = try await TestServer.run(service, .with { $0.tokens = tokens }) {
      server in
      try await TestGRPCServer.run(service) { calls in
        let outcome = await withTaskGroup { group in
          for first in stride(from: 0, to: 120, by: 6) {
            var client = SocketClient(
              server, Self.headers, isNamed: first < 60, Array(lives[first..<first + 6]))
            group.addTask { await client.outcome() }
          }
          for life in lives[120..<160] {
            var client = CallClient(life) { try await calls.answer(to: $0, raw: true) }
            group.addTask { await client.outcome() }
          }
          for life in lives[160...] {
            var client = CallClient(life) {
              try await server.answer(to: $0, binary: true, headers: Self.headers)
            }
            group.addTask { await client.outcome() }
          }
          return await group.reduce(into: ([String](), 0)) { sum, outcome in
            sum.0 += outcome.failures
            sum.1 += outcome.kills
            for stream in outcome.abandoned {
              let end = StreamRequest(model: "random", stream: stream, action: .none, ends: true)
              _ = try? await service.answer(to: end)
            }
          }
        }
        // Streams without a name end with their connections.
        while outcome.0.isEmpty, !Task.isCancelled, Self.isBusy(service) { await Task.yield() }
        return outcome
      }
    }
    #expect(failures == [], "\(streams)")
    #expect(kills > 20)
    let report = service.report.models[0]
    #expect((report.streamsActive, report.streamsStored, report.slotsTaken) == (0, 0, 0))
    #expect(service.report.queuedBytes == 0)
  }
}

extension ManyStreamsTests {
  fileprivate static func isBusy(_ service: InferenceService) -> Bool {
    let model = service.report.models[0]
    return model.streamsActive > 0 || model.slotsTaken > 0 || service.report.queuedBytes > 0
  }
}

/// What came of a client: what went wrong, in words, and how often it was killed.
private struct Outcome: Sendable {
  var failures: [String] = []
  var kills = 0
  /// Streams that nobody has ended.
  var abandoned: [StreamIdentifier] = []
}

/// A stream, and how far it is.
private struct Life: Sendable {
  let number: Int
  let frames: [Tensor]
  let expected: [NamedTensors]
  /// Frames that were answered.
  var time = 0
  var startsOver = 2
  var random: SeededGenerator

  init(_ streams: RandomStreams, _ number: Int, expected: [NamedTensors]) {
    self.number = number
    self.expected = expected
    frames = streams.frames(of: number)
    random = SeededGenerator(seed: streams.seed &* 7919 &+ UInt64(number))
  }

  var isOver: Bool { time == frames.count }
}

/// A WebSocket with several streams. Killed, it comes back: under its name, and asks each stream how far it is;
/// or without one, and starts them over.
private struct SocketClient: Sendable {
  private let server: TestServer
  private let headers: [String: String]
  private let isNamed: Bool
  private let name: String
  private var lives: [Life]
  private var random: SeededGenerator
  private var outcome = Outcome()

  private struct Wrong: Error, CustomStringConvertible { let description: String }

  init(
    _ server: TestServer, _ headers: [String: String], isNamed: Bool, _ lives: [Life]
  ) {
    (self.server, self.headers, self.isNamed, self.lives) = (server, headers, isNamed, lives)
    name = "client-\(lives[0].number)"
    random = lives[0].random
  }

  mutating func outcome() async -> Outcome {
    do {
      var socket = try await connected()
      while lives.contains(where: { !$0.isOver }) {
        if outcome.kills < 3, Int.random(in: 0..<10, using: &random) == 0 {
          socket = try await killed(socket)
        } else {
          try await exchange(socket)
        }
      }
      try await socket.close()
    } catch {
      outcome.failures.append("\(name): \(error)")
    }
    return outcome
  }

  private func connected() async throws -> TestSocket {
    let address = "/v2/models/random/stream" + (isNamed ? "?id=\(name)" : "")
    return try await TestSocket(server, address, headers: headers)
  }

  /// Some streams take up to three frames each, in any order among the streams; then their answers come.
  private mutating func exchange(_ socket: TestSocket) async throws {
    var open: [Int: Range<Int>] = [:]
    for place in lives.indices.shuffled(using: &random) where !lives[place].isOver {
      guard Int.random(in: 0..<3, using: &random) > 0 else { continue }
      if lives[place].startsOver > 0, Int.random(in: 0..<20, using: &random) == 0 {
        lives[place].startsOver -= 1
        lives[place].time = 0
      }
      let life = lives[place]
      let count = Int.random(in: 1...min(3, life.frames.count - life.time), using: &random)
      for time in life.time..<life.time + count { try await send(place, time, socket) }
      open[place] = life.time..<life.time + count
    }
    for _ in 0..<open.values.reduce(0, { $0 + $1.count }) {
      let reply = try await socket.reply()
      let place = Int(reply.stream)
      let time = lives[place].time
      guard reply.kind == 1 || reply.kind == 2, Int(reply.tag) == time,
        open[place]?.contains(time) == true, Int(reply.frames) == time + 1
      else {
        throw Wrong(
          description: "stream \(place): frame \(time) is awaited; found kind \(reply.kind), "
            + "tag \(reply.tag), \(reply.frames) frames: \(reply.kind == 4 ? reply.text : "")")
      }
      guard try reply.outputs(socket.opening) == lives[place].expected[time] else {
        throw Wrong(description: "stream \(place): frame \(time) has other bits")
      }
      lives[place].time += 1
    }
  }

  private func send(_ place: Int, _ time: Int, _ socket: TestSocket) async throws {
    let life = lives[place]
    try await socket.send(2, message(life, place, time))
  }

  private func message(_ life: Life, _ place: Int, _ time: Int) -> [UInt8] {
    let flags: UInt8 = (time == 0 ? 1 : 0) | (time == life.frames.count - 1 ? 2 : 0)
    return TestSocket.message(
      1, flags: flags, stream: UInt32(place), tag: UInt32(time), life.frames[time].bytes)
  }

  /// Frames are sent, the last by half, and nobody is there for their answers.
  private mutating func killed(_ socket: TestSocket) async throws -> TestSocket {
    outcome.kills += 1
    var sent = [Int](repeating: 0, count: lives.count)
    for place in lives.indices where Bool.random(using: &random) {
      // The last frame, which ends a stream, is for who is answered.
      let life = lives[place]
      let most = min(3, life.frames.count - 1 - life.time)
      guard most > 0 else { continue }
      sent[place] = Int.random(in: 1...most, using: &random)
      for time in life.time..<life.time + sent[place] { try await send(place, time, socket) }
    }
    try await socket.send(raw: [0x82, 0xFE, 1])
    // Who comes back under his name waits until the server has seen the connection end.
    if isNamed { try await socket.endSending() } else { try await socket.close() }
    let next = try await connected()
    for place in lives.indices where !lives[place].isOver {
      guard isNamed else {
        lives[place].time = 0
        continue
      }
      try await next.send(2, TestSocket.message(3, stream: UInt32(place)))
      let reply = try await next.reply()
      // One that had not begun is not there.
      let taken = reply.kind == 3 ? Int(reply.frames) : 0
      let life = lives[place]
      guard reply.stream == UInt32(place), life.time...life.time + sent[place] ~= taken else {
        throw Wrong(
          description: "stream \(place): \(life.time) frames were answered, \(sent[place]) sent "
            + "since; found kind \(reply.kind), \(taken) taken")
      }
      lives[place].time = taken
    }
    return next
  }
}

/// A stream whose frames are calls of their own. Killed, which may be before or after its frame is taken, it
/// starts over under another name.
private struct CallClient: Sendable {
  private var life: Life
  private var stream: StreamIdentifier
  private let answer: @Sendable (InferenceRequest) async throws -> InferenceAnswer
  private var outcome = Outcome()

  init(
    _ life: Life, answer: @escaping @Sendable (InferenceRequest) async throws -> InferenceAnswer
  ) {
    (self.life, self.answer) = (life, answer)
    stream = StreamIdentifier(UInt64(life.number))
  }

  mutating func outcome() async -> Outcome {
    do {
      while !life.isOver {
        if life.startsOver > 0, Int.random(in: 0..<15, using: &life.random) == 0 {
          life.startsOver -= 1
          if life.time > 0, life.time < life.frames.count - 1 { await kill() }
          life.time = 0
        }
        let answer = try await answer(request)
        guard answer.outputs == life.expected[life.time],
          answer.stream?.framesTaken == life.time + 1
        else {
          outcome.failures.append("stream \(life.number): frame \(life.time) has other bits")
          return outcome
        }
        life.time += 1
      }
    } catch {
      outcome.failures.append("stream \(life.number): \(error)")
    }
    return outcome
  }

  private mutating func kill() async {
    let call = Task { [answer, request] in try await answer(request) }
    outcome.kills += 1
    outcome.abandoned.append(stream)
    stream = StreamIdentifier(UInt64(life.number + 1000 * outcome.kills))
    for _ in 0..<Int.random(in: 0..<40, using: &life.random) { await Task.yield() }
    call.cancel()
    _ = await call.result
  }

  private var request: InferenceRequest {
    InferenceRequest(
      model: "random", inputs: ["x": life.frames[life.time]],
      stream: stream, starts: life.time == 0, ends: life.time == life.frames.count - 1)
  }
}

extension TestSocket.Reply {
  /// Its outputs, as the connection's first message names them.
  func outputs(_ opening: JSONValue) throws -> NamedTensors {
    let names = try opening.list("outputs")?.compactMap { try $0.string("name") } ?? []
    var rest = body[...]
    func take(_ size: Int) -> Int {
      defer { rest = rest.dropFirst(size) }
      return rest.prefix(size).reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    var outputs = NamedTensors()
    for _ in 0..<count where kind == 1 {
      let place = take(2)
      let shape = (0..<take(2)).map { _ in take(4) }
      let byteCount = shape.reduce(4, *)
      guard names.indices.contains(place) else { break }
      outputs[names[place]] = Tensor(
        elementType: .float32, shape: shape, bytes: Array(rest.prefix(byteCount)))
      rest = rest.dropFirst(byteCount)
    }
    return outputs
  }
}
