import SluicePlanning

extension Plan {
  /// First and last operation that touches each scratch buffer; results are touched after the last.
  var scratchLifetimes: [Int: ClosedRange<Int>] {
    var lifetimes: [Int: ClosedRange<Int>] = [:]
    func touch(_ buffer: Int, at index: Int) {
      let root = place(of: buffer).root
      guard case .scratch = buffers[root].placement else { return }
      lifetimes[root] = (lifetimes[root]?.lowerBound ?? index)...index
    }
    for (index, operation) in operations.enumerated() {
      for buffer in operation.inputs + operation.outputs {
        if let buffer { touch(buffer, at: index) }
      }
    }
    for buffer in outputs.map(\.buffer) + states.map(\.next) {
      touch(buffer, at: operations.count)
    }
    return lifetimes
  }
}
