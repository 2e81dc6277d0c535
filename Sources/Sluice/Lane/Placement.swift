/// Where streams run: an executable, and what snapshots and reports say of it. Compared by identity.
final class Placement: Sendable {
  let executable: any Executable
  let backend: String
  let device: String
  let precision: Precision

  init(_ executable: any Executable, backend: String, device: String, precision: Precision) {
    self.executable = executable
    self.backend = backend
    self.device = device
    self.precision = precision
  }

  /// Prepares a plan.
  ///
  /// - Parameter slots: streams it has room for.
  convenience init(
    _ plan: Plan, on backend: any Backend, slots: Int, _ options: EngineOptions, _ model: Model
  ) throws(SluiceError) {
    let executableOptions = ExecutableOptions(
      slots: slots, threads: options.threads, precision: options.precision,
      memoryLimit: options.memoryLimit ?? model.options.memoryLimit)
    do {
      self.init(
        try backend.prepare(plan, options: executableOptions), backend: backend.name,
        device: backend.deviceName, precision: options.precision)
    } catch {
      throw SluiceError(error)
    }
  }

  /// Likewise, for streams whose device failed: at fp32 where the backend does not offer the device's
  /// precision.
  convenience init(
    _ plan: Plan, onSuccessor backend: any Backend, slots: Int, _ options: EngineOptions,
    _ model: Model
  ) throws(SluiceError) {
    do {
      try self.init(plan, on: backend, slots: slots, options, model)
    } catch {
      guard error.code == .unsupported, options.precision != .fp32 else { throw error }
      var options = options
      options.precision = .fp32
      try self.init(plan, on: backend, slots: slots, options, model)
    }
  }
}

extension Placement: CustomStringConvertible {
  var description: String { "\(backend) (\(device))" }
}
