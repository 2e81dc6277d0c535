/// What is known of a graph's inputs before analysis: types with numbers for symbols, and values.
struct InputBindings {
  /// For inputs that stay inputs.
  private(set) var types: [ValueID: ValueType] = [:]
  /// Inputs that become constants.
  private(set) var values: [ValueID: Tensor] = [:]
  /// By symbol: the number, and where it comes from, for messages.
  private var numbers: [String: (size: Int, source: String)] = [:]

  init(
    _ graph: Graph, dimensions: [String: Int], inputShapes: [String: [Int]],
    inputs: [String: Tensor]
  ) throws(GraphError) {
    let named = Dictionary(
      graph.inputs.map { (graph[$0].name, $0) }, uniquingKeysWith: { first, _ in first })
    for (name, size) in dimensions.sorted(by: { $0.key < $1.key }) {
      try bind(name, size, graph, named)
    }
    for (name, tensor) in inputs.sorted(by: { $0.key < $1.key }) {
      try setValue(tensor, of: name, graph, named)
    }
    var shapes: [ValueID: [Int]] = [:]
    for (name, shape) in inputShapes.sorted(by: { $0.key < $1.key }) {
      guard let input = named[name] else { throw InputBindings.unknown(name, graph) }
      try match(shape, graph[input])
      shapes[input] = shape
    }
    try complete(graph, shapes)
  }

  /// Takes a name for a dimension, or for an input of one element.
  private mutating func bind(
    _ name: String, _ size: Int, _ graph: Graph, _ named: [String: ValueID]
  ) throws(GraphError) {
    if graph.inputSymbols.contains(name) {
      guard size >= 0 else {
        throw GraphError(.invalid, "dimension '\(name)': expected at least 0, found \(size)")
      }
      numbers[name] = (size, "its binding")
    } else if let input = named[name] {
      let type = graph[input].type
      let shape = type.shape?.dimensions.map { $0.size ?? 1 } ?? []
      guard try checkedElementCount(shape) == 1 else {
        throw GraphError(
          .invalid, "input '\(name)' is \(type): the one number \(size) cannot bind it")
      }
      let value = Tensor([Int64(size)], shape: shape).converted(to: type.elementType)
      try setValue(value, of: name, graph, named)
    } else {
      throw InputBindings.unknown(name, graph)
    }
  }

  private mutating func setValue(
    _ tensor: Tensor, of name: String, _ graph: Graph, _ named: [String: ValueID]
  ) throws(GraphError) {
    guard let input = named[name] else { throw InputBindings.unknown(name, graph) }
    let type = graph[input].type
    guard type.elementType == tensor.elementType else {
      throw GraphError(
        .invalid,
        "input '\(name)': expected \(type), found \(tensor.elementType)\(tensor.shape)")
    }
    try match(tensor.shape, graph[input])
    values[input] = tensor
  }

  /// Checks a shape given for an input against the declared one, and learns its symbols.
  private mutating func match(_ shape: [Int], _ input: Graph.Value) throws(GraphError) {
    let name = input.name
    _ = try checkedElementCount(shape)
    guard let declared = input.type.shape else { return }
    let mismatch = GraphError(
      .invalid, "input '\(name)': expected shape \(declared), found \(shape)")
    guard declared.rank == shape.count else { throw mismatch }
    for (dimension, size) in zip(declared.dimensions, shape) {
      switch dimension {
      case .size(let fixed): guard fixed == size else { throw mismatch }
      case .symbol(let symbol):
        let source = "input '\(name)'"
        if let (known, other) = numbers[symbol], known != size {
          throw GraphError(
            .invalid,
            "dimension '\(symbol)' is \(known) by \(other) and \(size) by \(source)")
        }
        numbers[symbol] = (size, source)
      }
    }
  }

  /// Puts the numbers into every declared shape and checks formulas against given shapes.
  private mutating func complete(
    _ graph: Graph, _ shapes: [ValueID: [Int]]
  ) throws(GraphError) {
    let sizes = numbers.mapValues(\.size)
    for input in graph.inputs {
      let name = graph[input].name
      var type = graph[input].type
      let given = values[input]?.shape ?? shapes[input]
      for axis in 0..<(type.shape?.rank ?? 0) {
        guard let dimension = type.shape?[axis] else { continue }
        let computed = try InputBindings.computed(dimension, sizes)
        if let size = computed.size, let given, size != given[axis] {
          throw GraphError(
            .invalid,
            "dimension '\(dimension)' of input '\(name)' comes to \(size), found \(given[axis])")
        }
        type.shape?[axis] = try dimension.replacing(sizes)
      }
      if type.shape == nil, let given { type.shape = Shape(given) }
      types[input] = type
    }
  }

  /// A formula with the numbers of its names, the number given for its own text left aside.
  private static func computed(
    _ dimension: Dimension, _ sizes: [String: Int]
  ) throws(GraphError) -> Dimension {
    var others = sizes
    if dimension.names != [dimension.description] { others[dimension.description] = nil }
    return try dimension.replacing(others)
  }

  private static func unknown(_ name: String, _ graph: Graph) -> GraphError {
    let symbols = graph.inputSymbols.joined(separator: ", ")
    let inputs = graph.inputs.map { graph[$0].name }.joined(separator: ", ")
    return GraphError(
      .invalid,
      "no dimension or input is called '\(name)'; dimensions: \(symbols.isEmpty ? "none" : symbols)"
        + "; inputs: \(inputs.isEmpty ? "none" : inputs)")
  }
}
