import Sluice
import SluiceServing
import SluiceTestSupport

extension RandomStreams {
  func service(
    streams: Int, store: any StateStore = MemoryStateStore(), threads: Int = 1,
    clock: any ServingClock = ManualClock(), _ change: (inout ServingOptions) -> Void = { _ in }
  ) throws -> InferenceService {
    var options = ServingOptions(
      engine: EngineOptions(
        backend: .named(backend), threads: threads, maximumStreams: streams))
    change(&options)
    let service = InferenceService(options, store: store, clock: clock)
    try service.add(model, name: "random")
    return service
  }

  func request(
    _ stream: Int, _ action: StreamRequest.Action, starts: Bool = false, ends: Bool = false
  ) -> StreamRequest {
    StreamRequest(
      model: "random", stream: StreamIdentifier(UInt64(stream)), action: action, starts: starts,
      ends: ends)
  }
}
