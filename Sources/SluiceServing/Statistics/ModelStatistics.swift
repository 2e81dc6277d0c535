import Sluice
import Synchronization

/// What is counted of one model, all its versions together.
final class ModelStatistics: Sendable {
  /// Counts of streams.
  enum StreamEvent: Int, Sendable, CaseIterable {
    case started, ended, expired, hibernated, restored, lost
  }

  struct Counts: Sendable {
    var requests = 0
    var sequences = 0
    var frames = 0
    var bytesIn = 0
    var bytesOut = 0
    var refusals: [ServingError.Code: Int] = [:]
    var streams = [Int](repeating: 0, count: StreamEvent.allCases.count)
    var latencies = ServingStage.allCases.map { _ in
      LatencyHistogram(precisionBits: RecentHistory.precisionBits)
    }
    var history = RecentHistory()
  }

  private let clock: any ServingClock
  private let counts = Mutex(Counts())

  init(clock: any ServingClock) { self.clock = clock }

  var now: Counts { counts.withLock { $0 } }

  /// A stream's request had its turn.
  func count(
    _ result: Result<StreamAnswer, ServingError>, _ work: StreamWork, _ latencies: Latencies
  ) {
    switch result {
    case .failure(let error): countRefusal(error.code)
    case .success(let answer):
      let isFrame = if case .frames = work.request.action { true } else { false }
      let bytesIn = work.request.byteCount
      counts.withLock { counts in
        counts.requests += 1
        if isFrame { counts.frames += 1 }
        counts.add(latencies, bytesIn: bytesIn, outputs: answer.outputs, at: clock.now)
      }
    }
  }

  /// Whole sequences were answered.
  func count(_ answer: SequenceAnswer, bytesIn: Int, _ latencies: Latencies) {
    counts.withLock { counts in
      counts.sequences += 1
      counts.add(latencies, bytesIn: bytesIn, outputs: answer.outputs, at: clock.now)
    }
  }

  func countRefusal(_ code: ServingError.Code) {
    counts.withLock { counts in
      counts.refusals[code, default: 0] += 1
      counts.history.record(at: clock.now) { $0.refused += 1 }
    }
  }

  func count(_ event: StreamEvent) {
    counts.withLock { counts in
      counts.streams[event.rawValue] += 1
      guard event == .expired else { return }
      counts.history.record(at: clock.now) { $0.expired += 1 }
    }
  }
}

extension ModelStatistics.Counts {
  fileprivate mutating func add(
    _ latencies: Latencies, bytesIn: Int, outputs: NamedTensors, at now: Duration
  ) {
    self.bytesIn += bytesIn
    for (_, tensor) in outputs { bytesOut += tensor.byteCount }
    for (index, stage) in ServingStage.allCases.enumerated() {
      self.latencies[index].record(nanoseconds: latencies[stage].nanoseconds)
    }
    history.record(at: now) { window in
      window.answered += 1
      window.total.record(nanoseconds: latencies.total.nanoseconds)
    }
  }
}
