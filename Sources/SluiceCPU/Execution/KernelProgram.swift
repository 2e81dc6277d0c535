import CKernels
import SluiceBackends
import SluicePlanning

/// Kernel calls in the order they run, with where their operands lie.
struct CallSequence {
  /// What runs one after another.
  enum Segment {
    /// `count` kernel calls from `first` on.
    case kernels(first: Int, count: Int)
    /// An operation of the plan that the reference evaluator runs.
    case reference(operation: Int)
  }

  private(set) var segments: [Segment] = []
  /// Per kernel call, the operation of the plan it belongs to; nil for the copies at the end.
  private(set) var operations: [Int?] = []
  private(set) var calls: [KernelCall] = []
  private(set) var operands: [[sluice_operand]] = []

  init(_ lowering: Lowering, _ map: MemoryMap) {
    for (index, outcome) in lowering.outcomes.enumerated() {
      switch outcome {
      case .reference: segments.append(.reference(operation: index))
      case .kernels(let list):
        for call in list {
          let absent = sluice_operand(base: -1, offset: 0)
          append(call, call.operands.map { $0.map(map.location(of:)) ?? absent }, index)
        }
      }
    }
    for transfer in map.transfers {
      append(Self.copy(transfer.byteCount), [transfer.from, transfer.to], nil)
    }
  }

  private mutating func append(
    _ call: KernelCall, _ targets: [sluice_operand], _ operation: Int?
  ) {
    if case .kernels(let first, let count) = segments.last {
      segments[segments.count - 1] = .kernels(first: first, count: count + 1)
    } else {
      segments.append(.kernels(first: calls.count, count: 1))
    }
    operations.append(operation)
    calls.append(call)
    operands.append(targets)
  }

  private static func copy(_ byteCount: Int) -> KernelCall {
    var parameters = sluice_copy_parameters()
    (parameters.element_bytes, parameters.rank) = (1, 1)
    fill(&parameters.sizes, [byteCount])
    fill(&parameters.source, [1])
    fill(&parameters.target, [1])
    return unsafe KernelCall(sluice_copy, parameters, [nil, nil])
  }
}

/// The flat arrays that `sluice_run` walks.
@safe final class KernelProgram {
  let segments: [CallSequence.Segment]
  /// Per kernel call, the operation of the plan it belongs to; nil for the copies at the end.
  let operations: [Int?]
  private let ops: UnsafeMutableBufferPointer<sluice_op>
  private let operands: UnsafeMutableBufferPointer<sluice_operand>
  private let pointers: UnsafeMutableBufferPointer<UnsafeMutableRawPointer?>
  private let parameters: AlignedBytes

  init(_ sequence: CallSequence) throws(BackendError) {
    segments = sequence.segments
    operations = sequence.operations
    let layout = try RegionLayout(sequence.calls.map(\.parameters.count))
    parameters = try AlignedBytes(count: layout.byteCount)
    unsafe ops = .allocate(capacity: sequence.calls.count)
    unsafe operands = .allocate(capacity: sequence.operands.reduce(0) { $0 + $1.count })
    unsafe pointers = .allocate(capacity: sequence.operands.reduce(1) { max($0, $1.count) })
    unsafe pointers.initialize(repeating: nil)
    fill(sequence.calls, sequence.operands, layout)
  }

  deinit {
    unsafe ops.deallocate()
    unsafe operands.deallocate()
    unsafe pointers.deallocate()
  }

  private func fill(_ calls: [KernelCall], _ targets: [[sluice_operand]], _ layout: RegionLayout) {
    var next = 0
    for (index, call) in calls.enumerated() {
      let bytes = unsafe parameters.start + layout.offsets[index]
      unsafe call.parameters.withUnsafeBytes {
        unsafe bytes.copyMemory(
          from: $0.baseAddress ?? UnsafeRawPointer(bytes), byteCount: $0.count)
      }
      let first = next
      for operand in targets[index] {
        unsafe operands[next] = operand
        next += 1
      }
      unsafe ops[index] = sluice_op(
        kernel: call.kernel, parameters: UnsafeRawPointer(bytes),
        operands: operands.baseAddress.map { unsafe UnsafePointer($0 + first) },
        operand_count: Int64(targets[index].count))
    }
  }

  /// Runs kernel calls over the slot whose bases these are.
  ///
  /// - Returns: nil, or the status and the call that refused its values.
  func run(
    first: Int, count: Int, bases: UnsafePointer<UnsafeMutablePointer<CChar>?>
  ) -> (status: Int32, call: Int)? {
    var failed: Int64 = 0
    let status = unsafe sluice_run(
      ops.baseAddress.map { unsafe $0 + first }, Int64(count), bases, pointers.baseAddress, &failed)
    return status == 0 ? nil : (status, first + Int(failed))
  }
}
