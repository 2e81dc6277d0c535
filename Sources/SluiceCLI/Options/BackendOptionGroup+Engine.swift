import Sluice

extension BackendOptionGroup {
  /// What an engine needs to know of these options.
  var engineOptions: EngineOptions {
    let console = Console.current
    return EngineOptions(
      backend: selection, device: device, precision: precision.precision, threads: threads,
      maximumStreams: 64, checkpointInterval: checkpointEvery,
      log: { console.remark("sluice: \($0)") })
  }

  var selection: BackendSelection { BackendSelection.named(backend.rawValue) }
}
