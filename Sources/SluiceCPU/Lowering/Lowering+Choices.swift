import CKernels
import SluiceBackends
import SluicePlanning

extension Lowering {
  /// Streams that go through the operations together.
  ///
  /// Together where what they share, weights read once for all, outweighs what each brings along:
  /// with little weight and much scratch it is better that a stream's values stay in the first-level
  /// cache from operation to operation.
  var laneCount: Int {
    sharedByteCount >= 2 * plan.scratchByteCount && sharedByteCount > Self.sharedLimit
      ? laneLimit : 1
  }

  /// Weights that stay in the first-level cache anyway.
  private static var sharedLimit: Int { 16 << 10 }

  private var sharedByteCount: Int {
    calls.reduce(0) { $0 + $1.sharedByteCount }
  }

  private var calls: [KernelCall] {
    outcomes.flatMap { outcome -> [KernelCall] in
      if case .kernels(let calls) = outcome { return calls }
      return []
    }
  }

  /// Constants of the plan that are read when a step runs: not those whose packed copies are.
  var usedConstants: Set<Int> {
    var used: Set<Int> = []
    func use(_ buffer: Int) {
      if case .constant(let index) = plan.buffers[plan.place(of: buffer).root].placement {
        used.insert(index)
      }
    }
    for (operation, outcome) in zip(plan.operations, outcomes) {
      switch outcome {
      case .reference: operation.inputs.compactMap(\.self).forEach(use)
      case .kernels(let calls):
        for operand in calls.flatMap(\.operands) {
          if case .buffer(let buffer) = operand?.place { use(buffer) }
        }
      }
    }
    for buffer in plan.outputs.map(\.buffer) + plan.states.map(\.next) { use(buffer) }
    return used
  }

  /// Whether a product runs in OpenBLAS.
  var usesLibrary: Bool {
    calls.contains { call in
      if case .library = call.routine { true } else { false }
    }
  }
}
