import SluiceBackends
import SluicePlanning

/// Runs plans on an OpenCL device: kernels generated from the operator bodies of `Kernels/OpenCL`, in
/// which a work-group carries one stream through many operations.
public struct OpenCLBackend: Backend {
  public let device: OpenCLDevice
  /// Work-items of a group; nil for 1 on CPU devices and 128 elsewhere.
  let groupSize: Int?
  let cuts: [Int]
  /// Nil for what `sluice tune` has kept, else the defaults.
  private let tuning: DeviceTuning?
  private let chunk: Int?
  private let localMemory: Int
  private let matrix: MatrixUse?
  private let sequences: SequenceDevice?
  /// Nil for none, as on CPU devices: what copies there is what computes.
  private let overlap: TransferOverlap?
  private let computeUnits: Int?

  public init(device: OpenCLDevice) {
    self.init(device: device, groupSize: nil)
  }

  /// For tests.
  ///
  /// - Parameters:
  ///   - groupSize: work-items of a group, for the forms with barriers.
  ///   - cuts: operations with which launches begin.
  ///   - chunk: streams that run together at most.
  ///   - tuning: instead of what is kept for the device.
  ///   - localMemory: bytes of local memory that a group may have, if the device has as much.
  ///   - matrix: instead of what the driver is found to have.
  ///   - sequences: instead of what the device is found to have.
  ///   - overlap: on CPU devices too; nil for what is usual.
  ///   - computeUnits: for the choice of forms, instead of what the device has.
  init(
    device: OpenCLDevice, groupSize: Int?, cuts: [Int] = [], chunk: Int? = nil,
    tuning: DeviceTuning? = nil, localMemory: Int = .max, matrix: MatrixUse? = nil,
    sequences: SequenceDevice? = nil, overlap: TransferOverlap? = nil,
    computeUnits: Int? = nil
  ) {
    self.overlap = overlap ?? (device.type == .cpu ? nil : TransferOverlap())
    self.sequences = sequences
    self.computeUnits = computeUnits
    self.tuning = tuning
    self.matrix = matrix
    self.device = device
    self.groupSize = groupSize
    self.cuts = cuts
    self.chunk = chunk
    self.localMemory = localMemory
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
    try executable(plan, options, cuts: cuts, isTimed: false, changed: changed)
  }

  /// - Parameters:
  ///   - cuts: operations with which launches begin.
  ///   - isTimed: whether what each command takes is kept.
  ///   - changed: a launch as it is to be built.
  func executable(
    _ plan: Plan, _ options: ExecutableOptions, cuts: [Int], isTimed: Bool,
    changed: (Launch) -> Launch = { $0 }
  ) throws(BackendError) -> OpenCLExecutable {
    let kept = tuning == nil ? TuningFile(for: device).read() : (tuning: tuning, problem: nil)
    var form = try form(at: options.precision, kept.tuning ?? DeviceTuning())
    form.sequences = try sequenceDevice(plan, form)
    let source = try source(plan, form, cuts: cuts, changed: changed)
    func built(
      _ source: StepProgram.Source, notes: [String],
      stepForm: (@Sendable () throws(BackendError) -> StepProgram.Source)? = nil
    ) throws(BackendError) -> OpenCLExecutable {
      try OpenCLExecutable(
        source, options: options, chunk: chunk, overlap: overlap, stepForm: stepForm,
        notes: (kept.problem.map { [$0] } ?? []) + notes, isTimed: isTimed, on: device)
    }
    guard source.lowering.hasSequences else { return try built(source, notes: []) }
    form.sequences = nil
    let stepForm = { @Sendable [form] () throws(BackendError) in
      try self.source(plan, form, cuts: cuts) { $0 }
    }
    do { return try built(source, notes: [], stepForm: stepForm) } catch
      where error.code == .unsupported || error.meansRefusedProgram
    {
      let note = "sequences go step by step: \(error.message)"
      return try built(try stepForm(), notes: [note])
    }
  }

  private func source(
    _ plan: Plan, _ form: DeviceForm, cuts: [Int], changed: (Launch) -> Launch
  ) throws(BackendError) -> StepProgram.Source {
    let lowering = try DeviceLowering(plan, form: form)
    let layout = try RowLayout(lowering, lowering.sections(cuts: cuts))
    return StepProgram.Source(
      lowering: lowering, layout: layout, launches: layout.launches(lowering).map(changed))
  }

  /// How recurrences of several steps run; nil where the plan has none or the device no way.
  private func sequenceDevice(
    _ plan: Plan, _ form: DeviceForm
  ) throws(BackendError) -> SequenceDevice? {
    if let sequences { return sequences }
    let isHeld = form.precision == .fp32 || form.wide?.matrix == .instructions
    guard plan.hasSequences, form.wide != nil, isHeld,
      let barrier = try GridBarrier.found(on: device)
    else { return nil }
    return SequenceDevice(
      groups: barrier.groups,
      partialBytes: min(GridBarrier.localByteCount, device.localMemory - 1024),
      use: device.isNVIDIA ? .instructions : .plain,
      hasFences: device.isNVIDIA)
  }

  private func form(
    at precision: Precision, _ tuning: DeviceTuning
  ) throws(BackendError) -> DeviceForm {
    let usual = min(tuning.regionGroup ?? 128, device.largestGroup)
    let size = groupSize ?? (device.type == .cpu ? 1 : usual)
    var wide = wide(tuning.wide, isCPU: size == 1)
    wide?.matrix = try matrixUse(at: precision)
    return DeviceForm(
      groupSize: size, vectorLimit: size == 1 ? 16 : 1, hasDouble: device.hasDouble,
      wide: wide, precision: precision,
      localByteCount: size == 1 ? 0 : max(min(localMemory, device.localMemory) - 1024, 0))
  }

  /// By a test compile of the instruction.
  private func matrixUse(at precision: Precision) throws(BackendError) -> MatrixUse? {
    guard matrix == nil else { return matrix }
    guard precision == .fp16 || precision == .bf16, device.isNVIDIA else { return nil }
    let elements = try OpenCLContext(device: device).matrixElements()
    return elements.contains { $0.rawValue == precision.rawValue } ? .instructions : nil
  }

  /// The tiles of wide layers need groups of 256; smaller devices run them stream by stream.
  private func wide(_ tuning: WideTuning, isCPU: Bool) -> WideDevice? {
    guard isCPU || device.largestGroup >= 256 else { return nil }
    return WideDevice(
      tuning: tuning, computeUnits: computeUnits ?? device.computeUnits,
      localMemory: min(device.localMemory, 48 << 10), hasVectors: isCPU)
  }
}
