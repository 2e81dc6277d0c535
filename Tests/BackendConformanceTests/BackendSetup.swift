import SluiceBackends
import SluiceCPU
import SluicePlanning

/// A backend with the plans it is given.
struct BackendSetup: Sendable, CustomStringConvertible {
  let backend: any Backend
  let fusion: Fusion

  var description: String { "\(backend.name), fusion \(fusion.rawValue)" }

  /// The oracle, the oracle on fused plans (which shows faults of the planner), and all others.
  static let all = [
    BackendSetup(backend: ReferenceBackend(), fusion: .none),
    BackendSetup(backend: ReferenceBackend(), fusion: .full),
    BackendSetup(backend: CPUBackend(), fusion: .full),
  ]
}
