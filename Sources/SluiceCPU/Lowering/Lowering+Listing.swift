import SluiceBackends
import SluicePlanning

extension Lowering {
  /// One line per operation: types read and written, and how it runs.
  var listing: [String] {
    zip(plan.operations, outcomes).enumerated().map { index, entry in
      let (operation, outcome) = entry
      let types = [operation.inputs, operation.outputs].map { buffers in
        buffers.map { $0.map(type) ?? "-" }.joined(separator: ", ")
      }
      let head = "\(index) \(operation.name) \(operation.kind): \(types[0]) -> \(types[1])"
      return "\(head); \(describe(outcome))"
    }
  }

  private func type(_ buffer: Int) -> String {
    "\(plan.buffers[buffer].elementType)\(plan.buffers[buffer].shape)"
  }

  private func describe(_ outcome: Outcome) -> String {
    switch outcome {
    case .reference(let reason): return "reference: \(reason)"
    case .kernels(let calls):
      let notes = calls.map(\.note).filter { !$0.isEmpty }
      let head = calls.count == 1 ? "kernel" : "\(calls.count) kernels"
      return notes.isEmpty ? head : "\(head), \(notes.joined(separator: ", "))"
    }
  }
}
