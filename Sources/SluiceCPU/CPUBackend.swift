import CKernels
import FoundationEssentials
import SluiceBackends
import SluicePlanning
import Synchronization

/// Runs plans on the processor: the C kernels of `Kernels/CPU`, large products through OpenBLAS.
///
/// Streams that step together share each pass of the weights in the packed kernels; a call of
/// OpenBLAS is always for one stream. So a stream's results do not depend on its neighbours.
public struct CPUBackend: Backend {
  /// The instruction set to use; nil for that of `SLUICE_CPU` or the best there is.
  public let variant: String?

  /// - Parameter variant: one of `variants`; nil for that which the environment variable `SLUICE_CPU`
  ///   names, else the best that the processor has.
  public init(variant: String? = nil) { self.variant = variant }

  /// The instruction sets for which there are kernels and that this processor has, the best last.
  public static var variants: [String] {
    ["baseline", "neon", "avx2", "avx512"].filter { VectorKernels(variant: $0)?.name == $0 }
  }

  public var name: String { "cpu" }

  /// The processor's model name as Linux gives it.
  public var deviceName: String { Processor.current.name }

  /// - Throws: `unsupported` for any precision but fp32; `limit` if frames, states, scratch and
  ///   workspace of all slots pass `options.memoryLimit`, before any of it is allocated.
  public func prepare(
    _ plan: Plan, options: ExecutableOptions
  ) throws(BackendError) -> any Executable {
    try executable(plan, options: options)
  }

  func executable(
    _ plan: Plan, options: ExecutableOptions
  ) throws(BackendError) -> CPUExecutable {
    guard options.precision == .fp32 else {
      throw .notOffered(options.precision, by: name)
    }
    let vectors = try vectors()
    // Before lowering, which makes tables as long as the buffers' axes.
    let withoutTables = try MemoryMap(plan, tables: [], workspaceByteCount: 0, lanes: 1)
    try check(withoutTables, options, workers: 1)
    let lowering = Lowering(
      plan, laneLimit: min(max(options.slots, 1), Self.laneLimit),
      vectors: vectors)
    let map = try MemoryMap(
      plan, tables: lowering.tables.map(\.byteCount),
      workspaceByteCount: lowering.workspaceByteCount, lanes: lowering.laneCount,
      usedConstants: lowering.usedConstants)
    let workers = max(1, min(options.threads, options.slots))
    try check(map, options, workers: workers)
    // Either groups of streams run on several cores, or the library's threads do.
    let libraryThreads = workers == 1 ? options.threads : 1
    if lowering.usesLibrary { Self.setThreads(libraryThreads) }
    return try CPUExecutable(
      plan, lowering: lowering, map: map, options: options, workers: workers,
      numericsTag: Self.numericsTag(lowering, libraryThreads: libraryThreads))
  }

  /// Streams that one pass of the weights serves at most: by then arithmetic takes longer than
  /// reading them, and their scratch still fits the second-level cache.
  private static let laneLimit = 32

  /// - Throws: `unsupported` if the variant, or that of `SLUICE_CPU`, is none that the processor has.
  private func vectors() throws(BackendError) -> VectorKernels {
    if let variant {
      if let vectors = VectorKernels(variant: variant) { return vectors }
      throw BackendError(
        .unsupported,
        "no kernels for '\(variant)' here; expected one of \(Self.variants.joined(separator: ", "))"
      )
    }
    var text = [CChar](repeating: 0, count: 256)
    let capacity = Int64(text.count)
    guard unsafe sluice_variant_problem(&text, capacity) != 0 else { return .current }
    let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    throw BackendError(.unsupported, String(decoding: bytes, as: UTF8.self))
  }

  private func check(
    _ map: MemoryMap, _ options: ExecutableOptions, workers: Int
  ) throws(BackendError) {
    let needed = map.byteCount(slots: options.slots, workers: workers)
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
      sluice_library_set_threads(wanted)
      current = wanted
    }
  }

  private static let current = Mutex<Int32?>(nil)

  /// Names what decides the bits of a result: the instruction set of the kernels and, where the plan
  /// has products of the library, that with the processor it chose its own for, and its threads.
  private static func numericsTag(_ lowering: Lowering, libraryThreads: Int) -> String {
    let kernels = "cpu/\(lowering.vectors.name)"
    guard lowering.usesLibrary else { return kernels }
    let configuration = unsafe text(sluice_library_configuration()).split(separator: " ")
    let version = configuration.dropFirst().first ?? "unknown"
    let core = unsafe text(sluice_library_core())
    return "\(kernels)/openblas-\(version)-\(core)/threads-\(max(libraryThreads, 1))"
  }

  private static func text(_ pointer: UnsafePointer<CChar>?) -> String {
    guard let pointer = unsafe pointer else { return "" }
    return unsafe String(cString: pointer)
  }
}
