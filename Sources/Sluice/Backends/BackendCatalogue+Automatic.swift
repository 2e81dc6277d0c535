import SluiceCPU
import SluiceOpenCL

/// What `auto` takes: of everything that may compute the network, what is predicted to step it fastest.
extension BackendCatalogue {
  /// Every OpenCL device, in the order in which `--device` counts, if there is a GPU among them. Drivers
  /// are loaded only where the system has a GPU at all, once in a process.
  private static let withGPUs: [Entry] = {
    guard GPUNodes.arePresent(), let devices = try? OpenCLDevice.all(),
      devices.contains(where: { $0.type == .gpu })
    else { return [] }
    return devices.map { device in
      Entry(
        backend: OpenCLBackend(device: device), fusion: .full, rank: nil,
        note: device.type == .gpu
          ? "taken where a step is predicted to be faster than on the CPU"
          : "taken only when named",
        successor: CPUBackend(),
        speed: device.type == .gpu ? .device(computeUnits: device.computeUnits) : nil)
    }
  }()

  /// Looks for GPUs, which loads their drivers; what `auto` does when it is first asked.
  package static func findGPUs() { _ = withGPUs }

  /// What `auto` may take.
  var candidates: [Entry] { looksForGPUs ? entries + Self.withGPUs : entries }

  func automatic(
    device: String?, for demand: StepDemand?
  ) throws(SluiceError) -> (entries: [Entry], decision: BackendDecision) {
    let candidates = candidates
    let selection = DeviceSelection(device)
    let offered = Set(candidates.map(\.backend.name)).sorted().flatMap { name -> [Entry] in
      let known = candidates.filter { $0.backend.name == name }
      return selection == .unsaid ? known : (try? matching(selection, among: known)) ?? []
    }
    let predictions = offered.compactMap { entry in
      entry.prediction(for: demand).map { (entry: entry, seconds: $0) }
    }
    let ranked = offered.filter { $0.rank != nil }.max { ($0.rank ?? 0) < ($1.rank ?? 0) }
    let fastest = predictions.min { $0.seconds < $1.seconds }
    guard let best = fastest?.entry ?? ranked ?? offered.first(where: { $0.speed != nil }) else {
      throw SluiceError(
        .backendUnavailable, "no backend for '\(device ?? "auto")'; found \(foundText(candidates))")
    }
    let sentence = demand.flatMap { demand in
      fastest.map { reason(demand, $0.seconds, predictions.filter { $0.entry.key != best.key }) }
    }
    let list = candidates.map { $0.candidate(for: demand) }
    let taken =
      selection.isList
      ? offered.filter {
        $0.backend.name == best.backend.name && ($0.speed != nil || $0.rank != nil)
      }
      : [best]
    return (taken, decision(taken, sentence ?? best.note, candidates: list))
  }

  /// Both figures.
  private func reason(
    _ demand: StepDemand, _ seconds: Double, _ others: [(entry: Entry, seconds: Double)]
  ) -> String {
    let streams = demand.streams == 1 ? "1 stream" : "\(demand.streams) streams"
    let left = others.map {
      "\(microsecondsText($0.seconds)) on \($0.entry.backend.name) (\($0.entry.backend.deviceName))"
    }
    return "predicted \(microsecondsText(seconds)) a step of \(streams), "
      + (left.isEmpty
        ? "with nothing to compare: no OpenCL GPU here" : left.joined(separator: ", "))
  }
}

extension BackendCatalogue.Entry {
  /// What tells entries apart.
  fileprivate var key: [String] { [backend.name, backend.deviceName] }

  /// Predicted seconds of a step; nil where nothing predicts, or the precision is not offered.
  fileprivate func prediction(for demand: StepDemand?) -> Double? {
    guard let demand, let speed, offers(demand.precision) else { return nil }
    return speed.seconds(demand)
  }

  private func offers(_ precision: Precision) -> Bool {
    precision.backends.contains(backend.name)
  }

  fileprivate func candidate(for demand: StepDemand?) -> BackendCandidate {
    let isAble = demand.map { offers($0.precision) } ?? true
    return BackendCandidate(
      backend: backend.name, device: backend.deviceName,
      predictedStep: prediction(for: demand).map { .nanoseconds(Int64(min($0, 1e6) * 1e9)) },
      reason: isAble ? note : "it does not compute at \(demand?.precision.rawValue ?? "")")
  }
}
