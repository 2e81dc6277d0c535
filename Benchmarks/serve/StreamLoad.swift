/// Streams over connections, each of which carries the same number of them, all in one thread.
struct StreamLoad {
  private let plan: LoadPlan
  private let clients: [any StreamClient]
  private let sockets: [Socket]

  /// Connects and starts every stream.
  init(_ plan: LoadPlan, _ address: ServerAddress) throws {
    let type: any StreamClient.Type =
      switch address.scheme {
      case .ws: WebSocketClient.self
      case .grpc: GRPCClient.self
      }
    self.plan = plan
    clients = try (0..<min(plan.connections, plan.streams)).map { _ in try type.init(address) }
    sockets = clients.map { $0.socket }
    try start()
  }

  private func start() throws {
    for stream in 0..<plan.streams { client(of: stream).start(stream) }
    var started = 0
    let end = monotonicNanoseconds() + 60_000_000_000
    while started < plan.streams {
      guard monotonicNanoseconds() < end else {
        throw LoadError("\(started) of \(plan.streams) streams started within 60 s")
      }
      try exchange(until: end) { answer in
        if let refusal = answer.refusal { throw LoadError("a stream did not start: \(refusal)") }
        started += 1
      }
    }
  }

  /// Sends frames at their times, whatever was answered, and waits for the last answers.
  func run() throws -> LoadResult {
    var arrivals = Arrivals(plan, from: monotonicNanoseconds() + 100_000_000)
    var log = FrameLog(streams: plan.streams, recordedFrom: arrivals.recordedFrom)
    var usage = ProcessorUsage(plan.servers)
    var isRecorded = false
    while true {
      let now = monotonicNanoseconds()
      if !isRecorded, now >= arrivals.recordedFrom {
        (usage, isRecorded) = (ProcessorUsage(plan.servers), true)
      }
      while let (stream, time) = arrivals.next(before: now) {
        client(of: stream).send(stream, tag: log.send(stream, scheduled: time))
      }
      if arrivals.areOver { break }
      try exchange(until: max(arrivals.nextTime, now + 1_000_000)) { log.take($0) }
    }
    let used = usage.sinceThen()
    let patience = monotonicNanoseconds() + 10_000_000_000
    while log.unanswered > 0, monotonicNanoseconds() < patience {
      try exchange(until: patience) { log.take($0) }
    }
    for client in clients {
      client.finish()
      client.socket.flush()
    }
    return LoadResult(plan, log, used)
  }

  private func client(of stream: Int) -> any StreamClient { clients[stream % clients.count] }

  /// Sends what waits, and reads until that time at the latest.
  private func exchange(until time: UInt64, _ take: (StreamAnswer) throws -> Void) throws {
    try Socket.exchange(sockets, until: time) { try clients[$0].receive(take) }
  }
}

extension FrameLog {
  fileprivate mutating func take(_ answer: StreamAnswer) {
    self.answer(
      answer.stream, tag: answer.tag, refusal: answer.refusal, at: monotonicNanoseconds())
  }
}
