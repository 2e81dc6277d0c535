import Glibc

/// Streams over WebSockets, each connection the same number of them, all in one thread.
struct WebSocketLoad {
  let plan: LoadPlan
  private var connections: [WebSocketClient] = []
  /// The values of one frame.
  private var body: [UInt8] = []

  /// Connects and starts every stream.
  init(_ plan: LoadPlan, _ address: WebSocketAddress) throws {
    self.plan = plan
    for _ in 0..<min(plan.connections, plan.streams) {
      connections.append(try WebSocketClient(address))
    }
    try open()
  }

  /// Waits for what each connection says first, then for the answers to a reset of each stream.
  private mutating func open() throws {
    var described = 0
    var started = 0
    var body: [UInt8] = []
    for stream in 0..<plan.streams {
      let reset = Message.head(.reset, stream: stream, tag: 0)
      connections[stream % connections.count].append(.binary, reset)
    }
    let end = monotonicNanoseconds() + 60_000_000_000
    while described < connections.count || started < plan.streams {
      guard monotonicNanoseconds() < end else {
        throw LoadError("\(started) of \(plan.streams) streams started within 60 s")
      }
      try exchange(until: end) { opcode, message in
        if opcode == .text {
          body = try Message.Opening(message).frame
          described += 1
          return
        }
        let answer = try Message.Answer(message)
        if let refusal = answer.refusal { throw LoadError("a stream did not start: \(refusal)") }
        started += 1
      }
    }
    self.body = body
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
        let tag = log.send(stream, scheduled: time)
        let head = Message.head(.frame, stream: stream, tag: tag)
        connections[stream % connections.count].append(.binary, head, body)
      }
      if arrivals.areOver { break }
      try exchange(until: max(arrivals.nextTime, now + 1_000_000)) { try take($0, $1, &log) }
    }
    let used = usage.sinceThen()
    let patience = monotonicNanoseconds() + 10_000_000_000
    while log.unanswered > 0, monotonicNanoseconds() < patience {
      try exchange(until: patience) { try take($0, $1, &log) }
    }
    return LoadResult(plan, log, used)
  }

  private func take(
    _ opcode: WebSocketClient.Opcode, _ message: ArraySlice<UInt8>, _ log: inout FrameLog
  ) throws {
    guard opcode == .binary else { return }
    let answer = try Message.Answer(message)
    log.answer(
      answer.stream, tag: answer.tag, refusal: answer.refusal, at: monotonicNanoseconds())
  }

  /// Sends what waits, and reads until that time at the latest.
  private func exchange(
    until time: UInt64, _ take: (WebSocketClient.Opcode, ArraySlice<UInt8>) throws -> Void
  ) throws {
    var polls: [pollfd] = []
    for connection in connections {
      try connection.flush()
      let events = Int16(POLLIN) | (connection.hasOutgoing ? Int16(POLLOUT) : 0)
      polls.append(pollfd(fd: connection.descriptor, events: events, revents: 0))
    }
    let now = monotonicNanoseconds()
    let milliseconds = Int32((time - min(now, time) + 999_999) / 1_000_000)
    guard unsafe poll(&polls, nfds_t(polls.count), milliseconds) >= 0 || errno == EINTR else {
      throw LoadError(system: "poll")
    }
    for (connection, poll) in zip(connections, polls) where poll.revents & Int16(POLLIN) != 0 {
      try connection.receive(take)
    }
  }
}
