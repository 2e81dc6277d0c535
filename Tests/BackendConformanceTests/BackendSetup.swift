import SluiceBackends
import SluiceCPU
import SluicePlanning
import SluiceTestSupport

/// A backend with the plans it is given.
struct BackendSetup: Sendable, CustomStringConvertible {
  let backend: any Backend
  let fusion: Fusion

  var description: String { "\(backend.name), fusion \(fusion.rawValue)" }

  /// The oracle, the oracle on fused plans (which shows faults of the planner), and all others.
  static let all =
    [
      BackendSetup(backend: ReferenceBackend(), fusion: .none),
      BackendSetup(backend: ReferenceBackend(), fusion: .full),
      BackendSetup(backend: CPUBackend(), fusion: .full),
    ] + TestDevices.openCL.map { BackendSetup(backend: $0, fusion: .full) }
}
