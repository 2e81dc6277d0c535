import SluiceBackends
import SluiceCPU
import SluiceOpenCL

/// The backends that Sluice brings, and the choice among them.
///
/// A new backend is one more entry of `standard`.
struct BackendCatalogue: Sendable {
  /// A backend on one device.
  struct Entry: Sendable {
    let backend: any Backend
    /// How much the planner may rewrite for it.
    let fusion: Fusion
    /// Larger is taken first by `auto`; nil is never taken.
    let rank: Int?
    let note: String
  }

  let entries: [Entry]

  /// In the order in which `sluice devices` prints them.
  static let standard = BackendCatalogue(entries: [
    Entry(
      backend: CPUBackend(), fusion: .full, rank: 1,
      note: "the only backend here made for speed: C kernels and OpenBLAS"),
    Entry(
      backend: ReferenceBackend(), fusion: .none, rank: 0,
      note: "scalar code to check the others with"),
  ])

  var devices: [DeviceDescription] {
    var count: [String: Int] = [:]
    return entries.map { entry in
      let index = count[entry.backend.name, default: 0]
      count[entry.backend.name] = index + 1
      return DeviceDescription(
        backend: entry.backend.name, index: index, device: entry.backend.deviceName,
        note: entry.note)
    }
  }

  /// The entry that a selection means, and why.
  ///
  /// - Parameter device: a device's number within its backend, or a part of its name in any case.
  func choose(
    _ selection: BackendSelection, device: String?
  ) throws(SluiceError) -> (entry: Entry, decision: BackendDecision) {
    switch selection.form {
    case .given(let backend):
      let entry = Entry(backend: backend, fusion: .full, rank: nil, note: "given by the caller")
      return (entry, decision(entry, "given by the caller", candidates: []))
    case .named(let name):
      let entry = try named(name, device: device)
      return (entry, decision(entry, "asked for by name", candidates: []))
    case .automatic:
      return try automatic(device: device)
    }
  }

  private func automatic(
    device: String?
  ) throws(SluiceError) -> (entry: Entry, decision: BackendDecision) {
    let offered = matching(device, among: entries)
    guard let best = offered.max(by: { ($0.rank ?? -1) < ($1.rank ?? -1) }), best.rank != nil else {
      throw SluiceError(
        .backendUnavailable, "no backend for '\(device ?? "auto")'; found \(foundText(entries))")
    }
    let candidates = entries.map {
      BackendCandidate(
        backend: $0.backend.name, device: $0.backend.deviceName, predictedStep: nil,
        reason: $0.note)
    }
    return (best, decision(best, best.note, candidates: candidates))
  }

  /// Every OpenCL device, in the order in which `--device` counts. Drivers are loaded for this, so it is
  /// asked for only where the backend is named. Without a device, one that is no processor comes first.
  private static func openCL(device: String?) throws(SluiceError) -> BackendCatalogue {
    do throws(BackendError) {
      var devices = try OpenCLDevice.all()
      if device == nil {
        devices = devices.filter { $0.type != .cpu } + devices.filter { $0.type == .cpu }
      }
      return BackendCatalogue(
        entries: devices.map {
          Entry(
            backend: OpenCLBackend(device: $0), fusion: .full, rank: nil,
            note: "taken only when named: nothing predicts yet whether it pays")
        })
    } catch {
      throw SluiceError(
        .backendUnavailable, "backend 'opencl' is not there: \(error.message)", cause: error)
    }
  }

  private func named(_ name: String, device: String?) throws(SluiceError) -> Entry {
    if name == "opencl", !entries.contains(where: { $0.backend.name == name }) {
      return try Self.openCL(device: device).named(name, device: device)
    }
    let backends = entries.filter { $0.backend.name == name }
    guard !backends.isEmpty else {
      throw SluiceError(
        .backendUnavailable, "backend '\(name)' is not there; found \(foundText(entries))")
    }
    guard let entry = matching(device, among: backends).first else {
      throw SluiceError(
        .backendUnavailable,
        "backend '\(name)' has no device '\(device ?? "")'; found \(foundText(backends))")
    }
    return entry
  }

  private func matching(_ device: String?, among entries: [Entry]) -> [Entry] {
    guard let device else { return entries }
    if let index = Int(device) {
      let known = devices
      return entries.filter { entry in
        known.contains {
          $0.backend == entry.backend.name && $0.device == entry.backend.deviceName
            && $0.index == index
        }
      }
    }
    let part = device.lowercased()
    return entries.filter { $0.backend.deviceName.lowercased().firstRange(of: part) != nil }
  }

  private func foundText(_ entries: [Entry]) -> String {
    guard !entries.isEmpty else { return "none" }
    return entries.map { "\($0.backend.name) (\($0.backend.deviceName))" }.joined(separator: ", ")
  }

  private func decision(
    _ entry: Entry, _ reason: String, candidates: [BackendCandidate]
  ) -> BackendDecision {
    BackendDecision(
      backend: entry.backend.name, device: entry.backend.deviceName, reason: reason,
      candidates: candidates)
  }
}
