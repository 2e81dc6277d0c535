import SluiceBackends
import SluiceGraph
import SluicePlanning

/// A slot's frames, outputs and states, between steps.
extension OpenCLExecutable {
  // MARK: Frames

  func write(input: Int, slot: Int, from bytes: UnsafeRawBufferPointer) {
    let buffer = plan.buffers[plan.inputs[input].buffer]
    precondition(
      bytes.count == buffer.byteCount,
      "a frame of \(buffer.byteCount) bytes is written with \(bytes.count)")
    let target = unsafe frames.bytes(
      row: slot, offset: layout.inputs.offsets[input], count: bytes.count)
    unsafe target.copyMemory(from: bytes)
    guard buffer.elementType == .bool else { return }
    for index in target.indices where unsafe target[index] != 0 {
      unsafe target[index] = 1
    }
  }

  func read(output: Int, slot: Int, into bytes: UnsafeMutableRawBufferPointer) {
    let expected = plan.buffers[plan.outputs[output].buffer].byteCount
    precondition(
      bytes.count == expected, "an output of \(expected) bytes is read into \(bytes.count)")
    unsafe bytes.copyMemory(
      from: UnsafeRawBufferPointer(
        results.bytes(row: slot, offset: layout.outputs.offsets[output], count: expected)))
  }

  // MARK: States

  func stepCount(slot: Int) -> Int { unsafe stepCounts[slot] }

  func setStepCount(_ count: Int, slot: Int) { unsafe stepCounts[slot] = count }

  /// The buffer with the current copy of state `index` of a slot, and where in it.
  private func place(_ index: Int, slot: Int) -> (buffer: DeviceBuffer, offset: Int) {
    let slab = memory.slabs[slot / memory.slotsPerSlab]
    let row = unsafe 2 * (slot - slab.slots.lowerBound) + Int(parities[slot])
    return (slab.states, row * layout.states.byteCount + layout.states.offsets[index])
  }

  func state(_ index: Int, slot: Int) throws(BackendError) -> Tensor {
    let initial = plan.states[index].variable.initial
    var bytes = [UInt8](repeating: 0, count: initial.byteCount)
    let place = place(index, slot: slot)
    let result = unsafe bytes.withUnsafeMutableBytes { bytes in
      Result { () throws(BackendError) in
        try unsafe queue.read(place.buffer, at: place.offset, into: bytes)
      }
    }
    try result.get()
    return Tensor(elementType: initial.elementType, shape: initial.shape, bytes: bytes) ?? initial
  }

  func setState(_ index: Int, slot: Int, to tensor: Tensor) throws(BackendError) {
    let initial = plan.states[index].variable.initial
    precondition(
      tensor.shape == initial.shape && tensor.elementType == initial.elementType,
      "\(plan.states[index].variable.name) is \(initial.elementType)\(initial.shape), found "
        + "\(tensor.elementType)\(tensor.shape)")
    let place = place(index, slot: slot)
    try queue.write(tensor, to: place.buffer, at: place.offset)
  }

  func reset(slot: Int) throws(BackendError) {
    for rows in [frames, results] {
      unsafe rows.rows(slot..<slot + 1).initializeMemory(as: UInt8.self, repeating: 0)
    }
    try store(initialStates: slot)
    unsafe stepCounts[slot] = 0
  }

  func store(initialStates slot: Int) throws(BackendError) {
    for (index, state) in plan.states.enumerated() {
      let place = place(index, slot: slot)
      try queue.write(state.variable.initial, to: place.buffer, at: place.offset)
    }
  }
}
