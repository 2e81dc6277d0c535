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
    /// Larger is taken first by `auto` where nothing is predicted; nil is never taken then.
    let rank: Int?
    let note: String
    /// Where streams go on if the device fails; nil where that is final.
    var successor: (any Backend)?
    /// What `auto` predicts from; nil where nothing does.
    var speed: PredictedSpeed?
  }

  let entries: [Entry]
  /// Whether `auto` considers this machine's GPUs as well.
  var looksForGPUs = false

  /// In the order in which `sluice devices` prints them.
  static let standard = BackendCatalogue(
    entries: [
      Entry(
        backend: CPUBackend(), fusion: .full, rank: 1, note: "packed kernels in C and OpenBLAS",
        speed: .processor),
      Entry(
        backend: ReferenceBackend(), fusion: .none, rank: 0,
        note: "scalar code to check the others with"),
    ], looksForGPUs: true)

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

  /// The entry that a selection means, and why; the first where `device` means several.
  ///
  /// - Parameters:
  ///   - device: a device's number within its backend, or a part of its name in any case.
  ///   - demand: what `auto` predicts from; nil where no network is known, or nothing predicts it.
  func choose(
    _ selection: BackendSelection, device: String?, for demand: StepDemand? = nil
  ) throws(SluiceError) -> (entry: Entry, decision: BackendDecision) {
    let (entries, decision) = try chooseAll(selection, device: device, for: demand)
    return (entries[0], decision)
  }

  /// Every entry that a selection means, at least one.
  ///
  /// - Parameter device: likewise; numbers with commas between, or `all`.
  func chooseAll(
    _ selection: BackendSelection, device: String?, for demand: StepDemand? = nil
  ) throws(SluiceError) -> (entries: [Entry], decision: BackendDecision) {
    switch selection.form {
    case .given(let backend):
      let entry = Entry(backend: backend, fusion: .full, rank: nil, note: "given by the caller")
      return ([entry], decision([entry], "given by the caller", candidates: []))
    case .named(let name):
      let entries = try named(name, device: device)
      return (entries, decision(entries, "asked for by name", candidates: []))
    case .automatic:
      return try automatic(device: device, for: demand)
    }
  }

  /// Every OpenCL device, in the order in which `--device` counts. Drivers are loaded for this, so it is
  /// asked for only where the backend is named. Without a device, one that is no processor comes first;
  /// `all` leaves processors out where there is anything else.
  private static func openCL(device: String?) throws(SluiceError) -> BackendCatalogue {
    do throws(BackendError) {
      var devices = try OpenCLDevice.all()
      switch DeviceSelection(device) {
      case .unsaid:
        devices = devices.filter { $0.type != .cpu } + devices.filter { $0.type == .cpu }
      case .all where devices.contains { $0.type != .cpu }:
        devices = devices.filter { $0.type != .cpu }
      default: break
      }
      return BackendCatalogue(
        entries: devices.map {
          Entry(
            backend: OpenCLBackend(device: $0), fusion: .full, rank: nil,
            note: "asked for by name",
            successor: CPUBackend())
        })
    } catch {
      throw SluiceError(
        .backendUnavailable, "backend 'opencl' is not there: \(error.message)", cause: error)
    }
  }

  private func named(_ name: String, device: String?) throws(SluiceError) -> [Entry] {
    if name == "opencl", !entries.contains(where: { $0.backend.name == name }) {
      return try Self.openCL(device: device).named(name, device: device)
    }
    let backends = entries.filter { $0.backend.name == name }
    guard !backends.isEmpty else {
      throw SluiceError(
        .backendUnavailable, "backend '\(name)' is not there; found \(foundText(entries))")
    }
    return try matching(DeviceSelection(device), among: backends)
  }

  /// - Parameter entries: of one backend, in the order in which they are numbered.
  /// - Throws: `backendUnavailable` with what is not there and what was found.
  func matching(
    _ device: DeviceSelection, among entries: [Entry]
  ) throws(SluiceError) -> [Entry] {
    let (found, text): ([Entry], String)
    switch device {
    case .unsaid: return [entries[0]]
    case .all: return entries
    case .indices(let indices):
      if let missing = indices.first(where: { !entries.indices.contains($0) }) {
        (found, text) = ([], "\(missing)")
      } else {
        return indices.map { entries[$0] }
      }
    case .part(let part):
      // Every name holds the empty text: it names none of them.
      found = entries.filter {
        !part.isEmpty && $0.backend.deviceName.lowercased().firstRange(of: part) != nil
      }
      text = part
    }
    guard let first = found.first else {
      throw SluiceError(
        .backendUnavailable,
        "backend '\(entries[0].backend.name)' has no device '\(text)'; found \(numbered(entries))")
    }
    return [first]
  }

  /// By the numbers that `--device` takes.
  private func numbered(_ entries: [Entry]) -> String {
    entries.enumerated().map { "\($0) (\($1.backend.deviceName))" }.joined(separator: ", ")
  }

  func foundText(_ entries: [Entry]) -> String {
    guard !entries.isEmpty else { return "none" }
    return entries.map { "\($0.backend.name) (\($0.backend.deviceName))" }.joined(separator: ", ")
  }

  func decision(
    _ entries: [Entry], _ reason: String, candidates: [BackendCandidate]
  ) -> BackendDecision {
    BackendDecision(
      backend: entries[0].backend.name,
      device: entries.map(\.backend.deviceName).joined(separator: " + "), reason: reason,
      candidates: candidates)
  }
}
