import Sluice

/// What a service has done so far and how it stands, at one moment: what metrics, statistics calls and
/// the page show.
public struct StatisticsReport: Sendable {
  public var models: [ModelReport]
  /// Bytes of requests that wait or are worked on.
  public var queuedBytes: Int
  /// Whole sequences that wait for a thread.
  public var sequencesWaiting: Int
  public var isDraining: Bool
}

/// Of one model, all its versions together where nothing else is said.
public struct ModelReport: Sendable {
  public var name: String
  /// The version that new streams run; nil if none is loaded.
  public var version: Int?
  /// Versions on which older streams finish.
  public var retiringVersions: [Int]
  /// Backend and device of the newest version and why it is that one; nil without streams.
  public var backend: BackendDecision?
  /// Slots of the newest version, and how many are taken, for whole sequences too.
  public var slots: Int
  public var slotsTaken: Int
  /// Streams that have a slot, or are about to.
  public var streamsActive: Int
  public var streamsStored: Int
  /// Requests that wait for their turn.
  public var requestsWaiting: Int
  /// Frames that wait for a step of the newest version's engine.
  public var framesWaiting: Int
  /// Steps of the newest version by the number of streams in them.
  public var steps: StepCounts
  /// What the newest version's devices failed at.
  public var engine: EngineCounters

  /// Requests of streams that were answered with success; of those, requests with frames.
  public var requestsAnswered: Int
  public var frameRequestsAnswered: Int
  /// Requests of whole sequences that were answered with success.
  public var sequencesAnswered: Int
  /// Bytes of tensors.
  public var bytesIn: Int
  public var bytesOut: Int
  /// Requests that were refused or failed, by code.
  public var refusals: [ServingError.Code: Int]
  public var streamsStarted: Int
  public var streamsEnded: Int
  public var streamsExpired: Int
  public var streamsHibernated: Int
  public var streamsRestored: Int
  /// Streams whose state had nowhere to go when the server ended.
  public var streamsLost: Int
  /// Of requests answered with success.
  public var latencies: [ServingStage: LatencySummary]
  public var recent: [RecentWindow]

  /// How often the network ran: in steps, whatever the number of their streams, those of whole sequences too;
  /// where it does not stream, once for each request.
  public var executions: Int { backend == nil ? sequencesAnswered : steps.steps }
}

/// Ten seconds of a model.
public struct RecentWindow: Sendable {
  /// When it began, by the service's clock.
  public var start: Duration
  public var answered: Int
  public var refused: Int
  public var expired: Int
  /// From arrival to answer.
  public var latency: LatencySummary

  public static let length = RecentHistory.windowLength
}

extension ServedModel {
  /// How it stands.
  var report: ModelReport {
    let counts = statistics.now
    let now = context.clock.now
    return state.withLock { state in
      let current = state.current
      return ModelReport(
        name: name, version: current?.number, retiringVersions: state.retiring.map(\.number),
        backend: current?.engine?.backendChoice, slots: current?.slotCount ?? 0,
        slotsTaken: current?.slotsInUse ?? 0, streamsActive: state.activeStreamCount,
        streamsStored: state.streams.count - state.activeStreamCount,
        requestsWaiting: state.waitingCount,
        framesWaiting: current?.engine?.waitingFrameCount ?? 0,
        steps: current?.engine?.stepCounts ?? StepCounts(),
        engine: current?.engine?.counters ?? EngineCounters(),
        requestsAnswered: counts.requests, frameRequestsAnswered: counts.frames,
        sequencesAnswered: counts.sequences, bytesIn: counts.bytesIn, bytesOut: counts.bytesOut,
        refusals: counts.refusals, streamsStarted: counts[.started],
        streamsEnded: counts[.ended], streamsExpired: counts[.expired],
        streamsHibernated: counts[.hibernated], streamsRestored: counts[.restored],
        streamsLost: counts[.lost], latencies: counts.summaries,
        recent: counts.history.windows(at: now).map(RecentWindow.init))
    }
  }
}

extension ServedModel.State {
  fileprivate var waitingCount: Int {
    streams.values.reduce(0) { count, stream in
      count + stream.state.withLock { $0.waiting.count }
    }
  }
}

extension ModelStatistics.Counts {
  fileprivate subscript(event: ModelStatistics.StreamEvent) -> Int { streams[event.rawValue] }

  fileprivate var summaries: [ServingStage: LatencySummary] {
    Dictionary(
      uniqueKeysWithValues: zip(
        ServingStage.allCases, latencies.map { LatencySummary(histogram: $0) }))
  }
}

extension RecentWindow {
  fileprivate init(_ window: RecentHistory.Window) {
    self.init(
      start: RecentHistory.windowLength * window.number, answered: window.answered,
      refused: window.refused, expired: window.expired,
      latency: LatencySummary(histogram: window.total))
  }
}
