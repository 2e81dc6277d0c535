import SluiceGraph
import SluiceTestSupport

/// Calls of operators that go wrong in small ways: each starts from one that works (`WorkingCall`)
/// and loses an input, gets another shape, type or value, or attributes that fit nothing.
struct HostileCalls {
  private var random: SeededGenerator
  private var attributes: HostileAttributes

  init(seed: UInt64) {
    random = SeededGenerator(seed: seed)
    attributes = HostileAttributes(seed: seed &+ 1)
  }

  mutating func next() -> WorkingCall {
    var call = WorkingCall.all[int(0...WorkingCall.all.count - 1)]
    if int(0...3) == 0 {
      let others = attributes.operators().filter { $0.name == call.op.name }
      call.op = others.randomElement(using: &random) ?? call.op
    }
    for _ in 0..<int(0...2) {
      call.inputs[int(0...call.inputs.count - 1)] = nil
    }
    for index in call.inputs.indices where int(0...5) == 0 {
      call.inputs[index] = call.inputs[index].map { changed($0) }
    }
    if int(0...5) == 0 { call.outputCount = int(0...4) }
    return call
  }

  private mutating func int(_ range: ClosedRange<Int>) -> Int {
    Int.random(in: range, using: &random)
  }

  /// Another type, another shape, or other values.
  private mutating func changed(_ tensor: Tensor) -> Tensor {
    switch int(0...2) {
    case 0:
      return tensor.converted(to: ElementType.allCases.randomElement(using: &random) ?? .int8)
    case 1:
      var shape = tensor.shape
      if int(0...1) == 0, !shape.isEmpty { shape[int(0...shape.count - 1)] = int(0...5) }
      if int(0...2) == 0 { shape.append(int(0...3)) }
      if int(0...2) == 0 { shape = Array(shape.dropFirst()) }
      if int(0...9) == 0 { shape = shape.map { _ in int(0...1) == 0 ? 0 : 1 << 40 } + [0] }
      return filled(tensor.elementType, shape: shape)
    default:
      return filled(tensor.elementType, shape: tensor.shape)
    }
  }

  private mutating func filled(_ type: ElementType, shape: [Int]) -> Tensor {
    let count = shape.contains(0) ? 0 : shape.reduce(1, *)
    guard type.isFloatingPoint else {
      let values = (0..<count).map { _ in Int64(attributes.number()) }
      return Tensor(values, shape: shape).converted(to: type)
    }
    let special: [Float] = [.nan, .infinity, -.infinity, 0, -0.0, 1e30, -1e30]
    let values = (0..<count).map { _ in
      int(0...3) == 0
        ? special.randomElement(using: &random) ?? 0 : Float.random(in: -3...3, using: &random)
    }
    return Tensor(values, shape: shape).converted(to: type)
  }
}
