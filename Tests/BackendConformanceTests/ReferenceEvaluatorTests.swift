import SluiceBackends
import SluiceGraph
import SluiceTestSupport
import Testing

/// What the conformance cases cannot show: errors, limits, and operators met with anything at all.
@Suite struct ReferenceEvaluatorTests {
  private static let evaluator = ReferenceEvaluator(memoryLimit: 1 << 20)

  struct Refusal: Sendable, CustomStringConvertible {
    let op: Operator
    let inputs: [Tensor?]
    let code: GraphError.Code
    let message: String
    var description: String { op.name }
  }

  static let refusals = [
    Refusal(
      op: .gather(axis: 0), inputs: [Tensor([1, 2] as [Float]), Tensor([-3] as [Int64])],
      code: .invalid, message: "index -3 is outside axis 0 of shape [2]"),
    Refusal(
      op: .gatherElements(axis: 0), inputs: [Tensor([1, 2] as [Float]), Tensor([2] as [Int32])],
      code: .invalid, message: "index 2 is out of range for an axis of 2"),
    Refusal(
      op: .binary(.div), inputs: [Tensor([7] as [Int32]), Tensor([0] as [Int32])],
      code: .invalid, message: "7 is divided by the integer 0"),
    Refusal(
      op: .constantOfShape(Tensor([0] as [Float])), inputs: [Tensor([1 << 20, 1] as [Int64])],
      code: .limit,
      message: "float32[1048576, 1] passes the memory limit of 1048576 bytes"),
    Refusal(
      op: .rnn(RNN(Recurrence(hiddenSize: 1))),
      inputs: [
        Tensor(zeros: .float32, shape: [2, 1, 1]), Tensor(zeros: .float32, shape: [1, 1, 1]),
        Tensor(zeros: .float32, shape: [1, 1, 1]), nil, Tensor([3] as [Int32]),
      ],
      code: .invalid, message: "a row's length is 0 to 2, found 3"),
    Refusal(
      op: .scatterND(.none),
      inputs: [
        Tensor([1, 2] as [Float]), Tensor([2] as [Int64], shape: [1, 1]), Tensor([5] as [Float]),
      ],
      code: .invalid, message: "index 2 is out of range for an axis of 2"),
  ]

  @Test("Values an operator is not defined for are an error", arguments: refusals)
  func refuses(_ refusal: Refusal) {
    let error = #expect(throws: GraphError.self) {
      try Self.evaluator.evaluate(refusal.op, inputs: refusal.inputs, outputCount: 1)
    }
    #expect(error?.code == refusal.code)
    #expect(error?.message == refusal.message)
  }

  @Test("Integers wrap around, the least one divided by −1 too")
  func wraps() throws {
    let a = Tensor([.max, .min] as [Int32])
    let b = Tensor([1, -1] as [Int32])
    let sum = try Self.evaluator.evaluate(.binary(.add), inputs: [a, b], outputCount: 1)
    #expect(sum == [Tensor([.min, .max] as [Int32])])
    let quotient = try Self.evaluator.evaluate(.binary(.div), inputs: [a, b], outputCount: 1)
    #expect(quotient == [Tensor([.max, .min] as [Int32])])
  }

  @Test("Every call that the hostile ones start from works")
  func works() throws {
    for call in WorkingCall.all {
      let results = try Self.evaluator.evaluate(
        call.op, inputs: call.inputs, outputCount: call.outputCount)
      #expect(results.count == call.outputCount, "\(call.op.name)")
    }
  }

  @Test("No operator crashes, whatever its attributes and inputs", arguments: 0..<UInt64(40))
  func survives(seed: UInt64) {
    var random = HostileCalls(seed: seed)
    var computed = 0
    for _ in 0..<500 {
      let call = random.next()
      guard
        let results = try? Self.evaluator.evaluate(
          call.op, inputs: call.inputs, outputCount: call.outputCount)
      else { continue }
      computed += 1
      #expect(results.count <= call.outputCount, "seed \(seed): \(call.op.name)")
    }
    // A check that nothing passes would be none.
    #expect(computed > 100, "seed \(seed)")
  }
}
