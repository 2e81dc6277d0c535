extension BackendSelection {
  /// What this means on this machine: the backend, how much a planner rewrites for it, and why it is
  /// the one.
  ///
  /// - Parameter device: a device's number within its backend, or a part of its name; nil takes the
  ///   first.
  /// - Throws: `SluiceError` with code `backendUnavailable` and what was found.
  public func resolved(
    device: String? = nil
  ) throws(SluiceError) -> (backend: any Backend, fusion: Fusion, decision: BackendDecision) {
    let (entry, decision) = try BackendCatalogue.standard.choose(self, device: device)
    return (entry.backend, entry.fusion, decision)
  }
}
