import Sluice

/// A network that `sluice bench` measures.
struct BenchmarkNetwork {
  /// The file's path, or `gru I,H,LAYERS`.
  var name: String
  /// Reads the file anew, or takes a graph made before: a model that has none of its stages yet.
  var model: () throws -> Model
  /// Frames of the sequence that one call takes; nil for one step a call.
  var sequence: Int?

  /// What is called to measure it.
  func call(of model: Model) throws -> MeasuredCall {
    guard let sequence else { return try MeasuredCall(stepOf: model) }
    return try MeasuredCall(sequenceOf: model, frames: sequence)
  }
}

extension BenchmarkNetwork {
  /// A stack of GRUs with seeded weights: one step, or a sequence.
  init(_ gru: GRUShape, sequence: Int?, memoryLimit: Int) {
    if let sequence {
      let graph = Graph(sequenceOf: gru)
      let options = NetworkOptions(memoryLimit: memoryLimit)
      self.init(
        name: "gru \(gru)",
        model: { Model(graph: graph, name: "gru \(gru)", options: options) }, sequence: sequence)
      return
    }
    let graph = Graph(oneStepOf: gru)
    let states = (0..<gru.layers).map { ("h\($0)", "h\($0)_out") }
    let options = NetworkOptions(
      states: Dictionary(uniqueKeysWithValues: states), memoryLimit: memoryLimit)
    self.init(
      name: "gru \(gru)", model: { Model(graph: graph, name: "gru \(gru)", options: options) })
  }
}
