import SluicePlanning

extension DeviceLowering {
  /// One line per operation: types read and written, and the bodies it became.
  var listing: [String] {
    zip(plan.operations, calls).enumerated().map { index, entry in
      let (operation, calls) = entry
      let types = [operation.inputs, operation.outputs].map { buffers in
        buffers.map { $0.map(type) ?? "-" }.joined(separator: ", ")
      }
      let notes = calls.map(\.note).filter { !$0.isEmpty }
      let head = calls.count == 1 ? "body" : "\(calls.count) bodies"
      return "\(index) \(operation.name) \(operation.kind): \(types[0]) -> \(types[1]); "
        + (notes.isEmpty ? head : "\(head), \(notes.joined(separator: ", "))")
    }
  }

  private func type(_ buffer: Int) -> String {
    "\(plan.buffers[buffer].elementType)\(plan.buffers[buffer].shape)"
  }

  /// Constants of the plan that are read when a step runs: not those whose rearranged copies are.
  var usedConstants: Set<Int> {
    let operands = calls.joined().flatMap { $0.reads.compactMap(\.self) }
    let buffers = operands.compactMap { operand in
      if case .buffer(let buffer) = operand.place { buffer } else { nil }
    }
    let results = plan.outputs.map(\.buffer) + plan.states.map(\.next)
    return Set(
      (buffers + results).compactMap { buffer in
        let root = plan.buffers[plan.place(of: buffer).root]
        if case .constant(let index) = root.placement { return index }
        return nil
      })
  }
}
