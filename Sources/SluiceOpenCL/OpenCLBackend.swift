import SluiceBackends
import SluicePlanning

/// Runs plans on an OpenCL device: kernels generated from the operator bodies of `Kernels/OpenCL`, in
/// which a work-group carries one stream through many operations.
public struct OpenCLBackend: Backend {
  public let device: OpenCLDevice
  /// Work-items of a group; nil for 1 on CPU devices and 128 elsewhere.
  let groupSize: Int?
  private let cuts: [Int]
  private let chunk: Int?

  public init(device: OpenCLDevice) {
    self.init(device: device, groupSize: nil)
  }

  /// For tests.
  ///
  /// - Parameters:
  ///   - groupSize: work-items of a group, for the forms with barriers.
  ///   - cuts: operations with which launches begin.
  ///   - chunk: streams that run together at most.
  init(device: OpenCLDevice, groupSize: Int?, cuts: [Int] = [], chunk: Int? = nil) {
    self.device = device
    self.groupSize = groupSize
    self.cuts = cuts
    self.chunk = chunk
  }

  public var name: String { "opencl" }
  public var deviceName: String { device.name }

  /// - Throws: `unsupported` for operations without a form on the device, all of them named; `limit` if
  ///   the rows of all slots do not fit; `deviceFailed` with the compiler's log.
  public func prepare(
    _ plan: Plan, options: ExecutableOptions
  ) throws(BackendError) -> any Executable {
    try prepare(plan, options: options) { $0 }
  }

  /// - Parameter changed: a launch as it is to be built; tests put errors into kernels with it.
  func prepare(
    _ plan: Plan, options: ExecutableOptions, changed: (Launch) -> Launch
  ) throws(BackendError) -> any Executable {
    let lowering = try DeviceLowering(plan, form: form(at: options.precision))
    let layout = try RowLayout(lowering, lowering.sections(cuts: cuts))
    return try OpenCLExecutable(
      lowering, layout, layout.launches(lowering).map(changed), options: options, chunk: chunk,
      on: device)
  }

  private func form(at precision: Precision) -> DeviceForm {
    let size = groupSize ?? (device.type == .cpu ? 1 : min(128, device.largestGroup))
    return DeviceForm(
      groupSize: size, vectorLimit: size == 1 ? 16 : 1, hasDouble: device.hasDouble,
      precision: precision)
  }
}
