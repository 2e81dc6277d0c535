import SluiceBackends
import SluiceTestSupport
import Testing

@testable import SluiceGraph

@Suite struct `Shape rules on random calls` {
  /// What is inferred with symbols has to be what is inferred with their numbers, or unknown.
  @Test func `Symbols never claim what numbers contradict`() throws {
    var known = 0
    var total = 0
    for seed in UInt64(0)..<4000 {
      let call = RandomCall(seed: seed)
      let concrete: [ValueType]
      do {
        concrete = try types(call, call.valueTypes)
      } catch {
        continue
      }
      var random = SeededGenerator(seed: seed &+ 1 << 32)
      let (symbolic, numbers) = replaced(call, &random)
      let found = try types(call, symbolic)
      for (type, expected) in zip(found, concrete) {
        #expect(type.elementType == expected.elementType)
        guard let shape = type.shape, let sizes = expected.shape?.sizes else { continue }
        #expect(shape.rank == sizes.count, "seed \(seed): \(call.op) \(symbolic)")
        for (dimension, size) in zip(shape.dimensions, sizes) {
          total += 1
          if dimension.isUnknown { continue }
          known += 1
          let value = try dimension.replacing(numbers)
          #expect(
            value == .size(size), "seed \(seed): \(dimension) of \(call.op) \(symbolic)")
        }
      }
    }
    #expect(total > 8000)
    #expect(Double(known) > 0.9 * Double(total), "\(known) of \(total) dimensions are known")
  }

  /// The reference backend computes what the rule announces; it would throw if it did not.
  @Test func `Numbers give what is computed`() throws {
    let evaluator = ReferenceEvaluator()
    var computed = 0
    for seed in UInt64(0)..<1000 {
      let call = RandomCall(seed: seed)
      guard let expected = try? types(call, call.valueTypes) else { continue }
      let inputs = call.valueTypes.enumerated().map { index, type in
        type.map {
          call.constants[index] ?? Tensor(zeros: $0.elementType, shape: $0.shape?.sizes ?? [])
        }
      }
      let results = try evaluator.evaluate(
        call.op, inputs: inputs, outputCount: call.outputCount)
      #expect(
        results.map { ValueType($0.elementType, Shape($0.shape)) } == expected, "seed \(seed)")
      computed += 1
    }
    #expect(computed > 700)
  }

  /// A trap would end the process.
  @Test func `Hostile numbers are refused or give shapes that fit into memory's arithmetic`() {
    var refused = 0
    for seed in UInt64(0)..<20_000 {
      let call = RandomCall(seed: seed, isHostile: true)
      var random = SeededGenerator(seed: seed)
      for inputs in [call.valueTypes, replaced(call, &random).types] {
        guard let types = try? types(call, inputs) else {
          refused += 1
          continue
        }
        for type in types {
          guard let sizes = type.shape?.sizes else { continue }
          #expect(Tensor.elementCount(of: sizes) != nil, "seed \(seed): \(call.op)")
        }
      }
    }
    #expect(refused > 10_000)
  }

  private func types(
    _ call: RandomCall, _ inputs: [ValueType?]
  ) throws(GraphError) -> [ValueType] {
    try call.op.outputTypes(
      inputs: inputs, constants: inputs.indices.map { call.constants[$0] },
      outputCount: call.outputCount)
  }

  /// The call's types with some sizes turned into symbols, and the symbols' numbers.
  private func replaced(
    _ call: RandomCall, _ random: inout SeededGenerator
  ) -> (types: [ValueType?], numbers: [String: Int]) {
    var types = call.valueTypes
    var numbers: [String: Int] = [:]
    for index in types.indices where call.constants[index] == nil {
      guard let shape = types[index]?.shape else { continue }
      for axis in 0..<shape.rank where Int.random(in: 0..<3, using: &random) == 0 {
        // A symbol may well be 1 once bound, but is taken not to be where axes broadcast.
        guard let size = shape[axis].size, size != 1 else { continue }
        numbers["s\(index)_\(axis)"] = size
        types[index]?.shape?[axis] = .symbol("s\(index)_\(axis)")
      }
    }
    return (types, numbers)
  }
}
