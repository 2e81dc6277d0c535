import SluiceBackends
import SluiceGraph
import SluiceTestSupport

/// A case whose graph has every shape bound to those of its inputs.
struct BoundCase {
  let testCase: ConformanceCase
  let graph: Graph
  /// One per input of the graph.
  let inputs: [Tensor]

  enum Failure: Error {
    case noInput(String)
    case otherInput(String, String)
    case outputs(Int)
    case unbound
  }

  init(_ testCase: ConformanceCase) throws {
    self.testCase = testCase
    let graph = try testCase.graph()
    let named = try testCase.inputs(of: graph)
    let bound = try Self.bound(graph, named)
    self.graph = bound
    inputs = try bound.inputs.map { id in
      guard let tensor = named[bound[id].name] else { throw Failure.noInput(bound[id].name) }
      return tensor
    }
  }

  /// One per output of the graph.
  func expected() throws -> [Tensor] {
    let expected = try testCase.expected()
    guard expected.count == graph.outputs.count else { throw Failure.outputs(graph.outputs.count) }
    return expected
  }

  /// Shapes bound to those of the inputs. Where that is not enough, the values of as few inputs as
  /// will do are bound as well, so that the operators themselves run on the backend.
  private static func bound(_ graph: Graph, _ inputs: [String: Tensor]) throws -> Graph {
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
  private static func bind(
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
}
