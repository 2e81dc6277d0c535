import Sluice
import SluiceBackends
import SluiceGraph
import SluicePlanning

/// Runs a program call by call on one slot of a backend.
public final class ProgramRunner {
  public let executable: any Executable

  public init(
    _ program: Program, backend: any Backend, fusion: Fusion = .none
  ) throws {
    let plan = try Plan(program, fusion: fusion)
    executable = try backend.prepare(plan, options: ExecutableOptions())
  }

  /// One call: inputs in the plan's order, outputs in the plan's order.
  public func call(_ inputs: [Tensor]) throws -> [Tensor] {
    for (position, tensor) in inputs.enumerated() {
      let buffer = executable.plan.buffers[executable.plan.inputs[position].buffer]
      guard buffer.shape == tensor.shape, buffer.elementType == tensor.elementType else {
        throw BackendError(
          .invalidValue,
          "input \(position): expected \(buffer.elementType)\(buffer.shape), found "
            + "\(tensor.elementType)\(tensor.shape)")
      }
      unsafe tensor.withUnsafeBytes {
        unsafe executable.write(input: position, slot: 0, from: $0)
      }
    }
    try executable.step([0])
    return executable.plan.outputs.indices.map { position in
      let buffer = executable.plan.buffers[executable.plan.outputs[position].buffer]
      var bytes = [UInt8](repeating: 0, count: buffer.byteCount)
      unsafe bytes.withUnsafeMutableBytes {
        unsafe executable.read(output: position, slot: 0, into: $0)
      }
      return Tensor(elementType: buffer.elementType, shape: buffer.shape, bytes: bytes)
        ?? Tensor(zeros: buffer.elementType, shape: buffer.shape)
    }
  }
}

extension Tensor {
  /// Entries `range` of one axis.
  public func entries(_ range: Range<Int>, axis: Int) -> Tensor {
    let outer = shape[..<axis].reduce(1, *)
    let inner = shape[(axis + 1)...].reduce(1, *)
    var indices: [Int] = []
    for o in 0..<outer {
      let base = (o * shape[axis] + range.lowerBound) * inner
      indices += base..<(base + range.count * inner)
    }
    var newShape = shape
    newShape[axis] = range.count
    let values = doubles()
    return Tensor(indices.map { values[$0] }, shape: newShape).converted(to: elementType)
  }

  /// Tensors of one type joined along an axis.
  public static func joined(_ parts: [Tensor], axis: Int) -> Tensor? {
    guard let first = parts.first else { return nil }
    let outer = first.shape[..<axis].reduce(1, *)
    let inner = first.shape[(axis + 1)...].reduce(1, *)
    let values = parts.map { $0.doubles() }
    var all: [Double] = []
    for o in 0..<outer {
      for (part, values) in zip(parts, values) {
        let count = part.shape[axis] * inner
        all += values[(o * count)..<((o + 1) * count)]
      }
    }
    var shape = first.shape
    shape[axis] = parts.reduce(0) { $0 + $1.shape[axis] }
    return Tensor(all, shape: shape).converted(to: first.elementType)
  }
}
