import COpenBLAS
import FoundationEssentials
import SluiceBackends
import SluicePlanning
import Synchronization

/// Runs plans on the processor: the C kernels of `Kernels/CPU`, large products through OpenBLAS.
///
/// Streams run one after another, so no product's shape holds their number, and a stream's results
/// do not depend on its neighbours.
public struct CPUBackend: Backend {
  public init() {}

  public var name: String { "cpu" }

  /// The processor's model name as Linux gives it.
  public var deviceName: String { Processor.current.name }

  /// - Throws: `unsupported` for any precision but fp32; `limit` if frames, states, scratch and
  ///   workspace of all slots pass `options.memoryLimit`, before any of it is allocated.
  public func prepare(
    _ plan: Plan, options: ExecutableOptions
  ) throws(BackendError) -> any Executable {
    guard options.precision == .fp32 else {
      throw BackendError(
        .unsupported,
        """
        precision \(options.precision.rawValue) is not offered by the cpu backend
        fp32: reference, cpu, opencl
        bf16: cpu, opencl
        fp16: opencl
        int8: cpu, opencl
        """)
    }
    // Before lowering, which makes tables as long as the buffers' axes.
    let withoutTables = try MemoryMap(plan, tables: [], workspaceByteCount: 0)
    try check(withoutTables, options)
    let lowering = Lowering(plan)
    let map = try MemoryMap(
      plan, tables: lowering.tables.map(\.byteCount),
      workspaceByteCount: lowering.workspaceByteCount)
    try check(map, options)
    Self.setThreads(options.threads)
    return try CPUExecutable(
      plan, lowering: lowering, map: map, options: options,
      numericsTag: Self.numericsTag(threads: options.threads))
  }

  private func check(_ map: MemoryMap, _ options: ExecutableOptions) throws(BackendError) {
    let needed = map.byteCount(slots: options.slots)
    guard let needed, needed <= options.memoryLimit else {
      let found = needed.map { "\($0) bytes" } ?? "more bytes than an address holds"
      throw BackendError(
        .limit,
        "frames, states and scratch of \(options.slots) slots take \(found), the memory limit is "
          + "\(options.memoryLimit) bytes")
    }
  }

  /// OpenBLAS has one number of threads for the whole process: that of the executable prepared last.
  /// It is set only when it changes, since setting it is not safe while products run.
  private static func setThreads(_ threads: Int) {
    let wanted = Int32(clamping: max(threads, 1))
    current.withLock { current in
      guard current != wanted else { return }
      openblas_set_num_threads(wanted)
      current = wanted
    }
  }

  private static let current = Mutex<Int32?>(nil)

  /// Names what decides the bits of a result: kernels, OpenBLAS with the processor it chose its own
  /// for, and its threads.
  private static func numericsTag(threads: Int) -> String {
    let configuration = unsafe text(openblas_get_config()).split(separator: " ")
    let version = configuration.dropFirst().first ?? "unknown"
    let core = unsafe text(openblas_get_corename())
    return "cpu/c-baseline/openblas-\(version)-\(core)/threads-\(max(threads, 1))"
  }

  private static func text(_ pointer: UnsafeMutablePointer<CChar>?) -> String {
    guard let pointer = unsafe pointer else { return "" }
    return unsafe String(cString: pointer)
  }
}
