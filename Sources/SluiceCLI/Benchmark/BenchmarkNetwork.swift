import Sluice

/// A network that `sluice bench` measures.
struct BenchmarkNetwork {
  /// The file's path, or `gru I,H,LAYERS`.
  var name: String
  /// Reads the file anew, or takes a graph made before: a model that has none of its stages yet.
  var model: () throws -> Model
}

extension BenchmarkNetwork {
  /// One step of a stack of GRUs with seeded weights.
  init(_ gru: GRUShape, memoryLimit: Int) {
    let graph = Graph(oneStepOf: gru)
    let states = (0..<gru.layers).map { ("h\($0)", "h\($0)_out") }
    let options = NetworkOptions(
      states: Dictionary(uniqueKeysWithValues: states), memoryLimit: memoryLimit)
    self.init(name: "gru \(gru)") { Model(graph: graph, name: "gru \(gru)", options: options) }
  }
}
