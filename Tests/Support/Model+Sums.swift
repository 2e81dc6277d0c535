import Sluice

/// Networks so small that what they give can be said in one's head.
extension Model {
  /// `y = x·scale + sum; sum_out = y`, both `[batch, 2]`, made for one frame.
  public static func runningSum(scale: Float = 1) -> Model {
    var graph = Graph(name: "running sum")
    let x = graph.addInput("x", .float32, [.symbol("batch"), 2])
    let sum = graph.addInput("sum", .float32, [.symbol("batch"), 2])
    let factor = graph.addConstant(Tensor(scalar: scale), name: "scale")
    let scaled = graph.addNode(.binary(.mul), [x, factor], name: "scaled")
    let y = graph.addNode(.binary(.add), [scaled, sum], name: "add")
    graph.addOutput(y, name: "y")
    graph.addOutput(y, name: "sum_out")
    return Model(graph: graph, options: NetworkOptions(states: ["sum": "sum_out"]))
  }

  /// `y[t] = x[t] + x[t+1] + …`, `[batch, time, 3]`: what no stream can give.
  public static var reverseSum: Model {
    var graph = Graph(name: "reverse sum")
    let x = graph.addInput("x", .float32, [.symbol("batch"), .symbol("time"), 3])
    let axis = graph.addConstant(Tensor(scalar: Int64(1)), name: "axis")
    let y = graph.addNode(.cumSum(exclusive: false, reverse: true), [x, axis], name: "sum")
    graph.addOutput(y, name: "y")
    return Model(graph: graph)
  }
}
