import Sluice
import SluiceBackends
import SluiceGraph
import SluicePlanning
import SluiceTestSupport

/// One case through the whole house: file, graph, program, plan, executable, one step.
struct ConformanceRun {
  let backend: any Backend
  let fusion: Fusion
  let testCase: ConformanceCase

  /// What the network gives, beside what it has to give.
  func outputs() throws -> [(name: String, found: Tensor, expected: Tensor)] {
    let graph = try testCase.graph()
    let inputs = try testCase.inputs(of: graph)
    let bound = try bound(graph, inputs)
    let plan = try Plan(Program(graph: bound), fusion: fusion)
    let executable = try backend.prepare(plan, options: ExecutableOptions())
    for (index, port) in plan.inputs.enumerated() {
      guard let tensor = inputs[port.name] else { throw Failure.noInput(port.name) }
      let buffer = plan.buffers[port.buffer]
      guard tensor.shape == buffer.shape, tensor.elementType == buffer.elementType else {
        throw Failure.otherInput(port.name, "\(tensor.elementType)\(tensor.shape)")
      }
      unsafe tensor.withUnsafeBytes {
        unsafe executable.write(input: index, slot: 0, from: $0)
      }
    }
    try executable.step([0])
    let expected = try testCase.expected()
    guard expected.count == plan.outputs.count else { throw Failure.outputs(plan.outputs.count) }
    return zip(plan.outputs.indices, expected).map { index, expected in
      (plan.outputs[index].name, read(index, executable), expected)
    }
  }

  enum Failure: Error {
    case noInput(String)
    case otherInput(String, String)
    case outputs(Int)
    case unbound
  }

  /// Shapes bound to those of the inputs. Where that is not enough, the values of as few inputs as
  /// will do are bound as well, so that the operators themselves run on the backend.
  private func bound(_ graph: Graph, _ inputs: [String: Tensor]) throws -> Graph {
    if let result = try bind(graph, inputs, values: [:]) { return result }
    var values = inputs
    guard var result = try bind(graph, inputs, values: values) else { throw Failure.unbound }
    for name in inputs.keys.sorted() {
      let value = values.removeValue(forKey: name)
      if let smaller = try bind(graph, inputs, values: values) {
        result = smaller
      } else {
        values[name] = value
      }
    }
    return result
  }

  /// The bound graph; nil if more values have to be bound.
  private func bind(
    _ graph: Graph, _ inputs: [String: Tensor], values: [String: Tensor]
  ) throws -> Graph? {
    let shapes = inputs.mapValues(\.shape)
    let evaluator = ReferenceEvaluator()
    do throws(GraphError) {
      return try graph.bound(inputShapes: shapes, inputs: values, evaluator: evaluator)
    } catch {
      guard error.code == .unbound else { throw error }
      return nil
    }
  }

  private func read(_ output: Int, _ executable: any Executable) -> Tensor {
    let buffer = executable.plan.buffers[executable.plan.outputs[output].buffer]
    var bytes = [UInt8](repeating: 0, count: buffer.byteCount)
    unsafe bytes.withUnsafeMutableBytes {
      unsafe executable.read(output: output, slot: 0, into: $0)
    }
    return Tensor(elementType: buffer.elementType, shape: buffer.shape, bytes: bytes)
      ?? Tensor(zeros: buffer.elementType, shape: [0])
  }
}
