import Sluice

extension BackendOptionGroup {
  /// What an engine needs to know of these options.
  var engineOptions: EngineOptions {
    EngineOptions(
      backend: selection, device: device, precision: precision.precision, threads: threads,
      maximumStreams: 64)
  }

  var selection: BackendSelection { BackendSelection.named(backend.rawValue) }
}
