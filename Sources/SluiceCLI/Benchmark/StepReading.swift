import Sluice

/// One stream's values, by output.
typealias SlotValues = [[Double]]

/// Which part of a call's inputs and outputs is held against other values.
struct StepReading {
  private let outputs: [MeasuredCall.Output]
  private let inputAxes: [Int?]
  /// Entries of each output along its axis of time; nil for all there are.
  private let entries: [Int?]

  /// - Parameters:
  ///   - answering: the plan of the call whose values are compared with, which may be shorter.
  ///   - isShort: whether it is.
  init(_ call: MeasuredCall, answering: Plan, isShort: Bool) {
    outputs = call.outputs
    inputAxes = call.inputAxes
    entries = zip(call.outputs, answering.outputs).map { output, port in
      guard isShort, let axis = output.timeAxis else { return nil }
      return max(1, answering.buffers[port.buffer].shape[axis] - output.openEntries)
    }
  }

  /// A pattern's frames cut to the inputs of a plan that takes fewer.
  func inputs(_ patterns: FramePatterns, of plan: Plan) -> (_ call: Int, _ slot: Int) -> [Tensor] {
    { call, slot in
      zip(patterns.frame(call, stream: slot), plan.inputs).enumerated().map { index, pair in
        let (tensor, port) = pair
        guard let axis = inputAxes[index] else { return tensor }
        return tensor.first(plan.buffers[port.buffer].shape[axis], along: axis)
      }
    }
  }

  /// By slot: what all calls at which an output is due give, one after another.
  func values(
    of executable: any Executable, calls: Int, frames: (_ call: Int, _ slot: Int) -> [Tensor]
  ) throws(BackendError) -> [SlotValues] {
    let slots = executable.slotCount
    var values = Array(repeating: SlotValues(repeating: [], count: outputs.count), count: slots)
    for call in 0..<calls {
      for slot in 0..<slots { executable.write(frames(call, slot), slot: slot) }
      for (worker, group) in executable.slotsByWorker.enumerated() {
        try executable.step(group, worker: worker)
      }
      for slot in 0..<slots {
        for (index, output) in outputs.enumerated() where call >= output.firstCall {
          values[slot][index] += part(index, of: executable.output(index, slot: slot))
        }
      }
    }
    return values
  }

  private func part(_ index: Int, of tensor: Tensor) -> [Double] {
    guard let axis = outputs[index].timeAxis, let count = entries[index] else {
      return tensor.doubles()
    }
    return tensor.first(count, along: axis).doubles()
  }

  /// All that one call gave.
  static func everything(of executable: any Executable, slot: Int) -> SlotValues {
    executable.plan.outputs.indices.map { executable.output($0, slot: slot).doubles() }
  }

  /// - Returns: which output of `place` is wrong, in words; nil if none is.
  func failure(
    _ values: SlotValues, _ expected: SlotValues, _ tolerance: Tolerance, _ place: String
  ) -> String? {
    for (index, output) in outputs.enumerated() {
      let comparison = tolerance.compare(values[index], with: expected[index])
      guard !comparison.passes else { continue }
      return "output '\(output.name)' of \(place) is beyond the tolerance: max|y-e| "
        + "\(short(comparison.maximum)) where max|e| is \(short(comparison.largest))"
    }
    return nil
  }
}

extension Tensor {
  /// The first entries along an axis.
  fileprivate func first(_ count: Int, along axis: Int) -> Tensor {
    guard count < shape[axis] else { return self }
    let inner = shape[(axis + 1)...].reduce(elementType.byteCount, *)
    let outer = shape[..<axis].reduce(1, *)
    var bytes: [UInt8] = []
    unsafe withUnsafeBytes { all in
      for row in 0..<outer {
        let start = row * shape[axis] * inner
        unsafe bytes.append(contentsOf: all[start..<(start + count * inner)])
      }
    }
    var cut = shape
    cut[axis] = count
    return Tensor(elementType: elementType, shape: cut, bytes: bytes) ?? self
  }
}
