extension BackendSelection {
  /// What this means on this machine: the backend, how much a planner rewrites for it, and why it is
  /// the one.
  ///
  /// - Parameters:
  ///   - device: a device's number within its backend, or a part of its name; nil takes the first. Of
  ///     several the first is taken: `resolvedAll` gives them all.
  ///   - demand: what `auto` predicts from.
  /// - Throws: `SluiceError` with code `backendUnavailable` and what was found.
  public func resolved(
    device: String? = nil, for demand: StepDemand? = nil
  ) throws(SluiceError) -> (backend: any Backend, fusion: Fusion, decision: BackendDecision) {
    let (entry, decision) = try BackendCatalogue.standard.choose(
      self, device: device, for: demand)
    return (entry.backend, entry.fusion, decision)
  }

  /// Likewise every backend that `device` means, at least one.
  public func resolvedAll(
    device: String? = nil
  ) throws(SluiceError) -> [any Backend] {
    try BackendCatalogue.standard.chooseAll(self, device: device).entries.map(\.backend)
  }

  /// Looks for GPUs, which loads their drivers into the process; `auto` does so when it is first asked.
  package static func findGPUs() { BackendCatalogue.findGPUs() }
}
