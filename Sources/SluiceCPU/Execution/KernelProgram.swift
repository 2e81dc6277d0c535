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
@safe final class KernelProgram: @unchecked Sendable {
  let segments: [CallSequence.Segment]
  /// Per kernel call, the operation of the plan it belongs to; nil for the copies at the end.
  let operations: [Int?]
  /// The most operands of any call.
  let operandLimit: Int
  private let ops: UnsafeMutableBufferPointer<sluice_op>
  private let operands: UnsafeMutableBufferPointer<sluice_operand>
  private let parameters: AlignedBytes

  init(_ sequence: CallSequence) throws(BackendError) {
    segments = sequence.segments
    operations = sequence.operations
    operandLimit = sequence.operands.reduce(1) { max($0, $1.count) }
    let layout = try RegionLayout(sequence.calls.map(\.parameters.count))
    parameters = try AlignedBytes(count: layout.byteCount)
    unsafe ops = .allocate(capacity: sequence.calls.count)
    unsafe operands = .allocate(capacity: sequence.operands.reduce(0) { $0 + $1.count })
    fill(sequence.calls, sequence.operands, layout)
  }

  deinit {
    unsafe ops.deallocate()
    unsafe operands.deallocate()
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
      var op = unsafe sluice_op()
      switch call.routine {
      case .single(let kernel), .library(let kernel): unsafe op.kernel = kernel
      case .batch(let kernel): unsafe op.batch = kernel
      case .separate(let kernel):
        unsafe op.batch = kernel
        unsafe op.separately = 1
      }
      unsafe op.parameters = UnsafeRawPointer(bytes)
      unsafe op.operands = operands.baseAddress.map { unsafe UnsafePointer($0 + first) }
      unsafe op.operand_count = Int64(targets[index].count)
      unsafe ops[index] = op
    }
  }

  /// Runs kernel calls over the streams of a worker's lanes.
  ///
  /// - Returns: nil, or the status and the call that refused its values.
  func run(
    first: Int, count: Int, streams: sluice_streams
  ) -> (status: Int32, call: Int)? {
    var failure = sluice_failure(op: 0, stream: 0)
    var streams = unsafe streams
    let status = unsafe sluice_run(
      ops.baseAddress.map { unsafe $0 + first }, Int64(count), &streams, &failure)
    return status == 0 ? nil : (status, first + Int(failure.op))
  }
}
