import Sluice

extension Executable {
  /// Copies a frame in: one tensor per input of the plan.
  func write(_ frame: [Tensor], slot: Int) {
    for (index, tensor) in frame.enumerated() {
      unsafe tensor.withUnsafeBytes { unsafe write(input: index, slot: slot, from: $0) }
    }
  }

  /// A copy of what the slot's last step gave.
  func output(_ index: Int, slot: Int) -> Tensor {
    let buffer = plan.buffers[plan.outputs[index].buffer]
    var bytes = [UInt8](repeating: 0, count: buffer.byteCount)
    unsafe bytes.withUnsafeMutableBytes { unsafe read(output: index, slot: slot, into: $0) }
    return Tensor(elementType: buffer.elementType, shape: buffer.shape, bytes: bytes)
      ?? Tensor(zeros: buffer.elementType, shape: buffer.shape)
  }
}
