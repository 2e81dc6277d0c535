/// One pass over a graph that works out shapes and constants, and leaves out what computes nothing.
///
/// Nodes are taken in order into `result`. A node whose inputs are all known becomes constants: its
/// shapes first, and their bytes are counted; its elements only when a later shape needs them or at
/// the end, so that a file cannot make analysis fill memory before the limit is noticed. A node that
/// hands its input on is forgotten, `if` with a known condition is replaced by its branch, and where
/// a shape holds symbols, small vectors of dimensions are followed through the nodes that compute
/// with them. What no output needs is left out at the end.
struct GraphAnalysis {
  let evaluator: any OperatorEvaluator
  /// Bytes that constants computed here may take together.
  let memoryLimit: Int
  /// Whether sizes that inference cannot know are taken from the file's declarations. Never when a
  /// graph is bound: what runs must not rest on a claim.
  let trustsDeclarations: Bool
  /// What is built. Its constants are held in `known` until the end.
  var result: Graph
  /// What is known of each value of `result`.
  var known: [KnownValue?] = []
  /// Per value of `result` the fold that will give it; nil where it is no constant or has its value.
  var pendingFold: [Int?] = []
  /// Every fold so far, done or not.
  var folds: [Fold] = []
  var foldedByteCount = 0
  /// Unknown dimensions named so far: `?1`, `?2`, ….
  var unknownCount = 0

  init(
    name: String, evaluator: any OperatorEvaluator, memoryLimit: Int, trustsDeclarations: Bool
  ) {
    self.evaluator = evaluator
    self.memoryLimit = memoryLimit
    self.trustsDeclarations = trustsDeclarations
    result = Graph(name: name)
  }

  /// A graph being read, with the place of its values in `result`.
  struct Scope {
    let graph: Graph
    var places: [ValueID?]
    /// How many branches it lies in.
    let depth: Int

    init(_ graph: Graph, depth: Int) {
      self.graph = graph
      self.depth = depth
      places = Array(repeating: nil, count: graph.values.count)
    }
  }

  /// Analyses `graph`, whose inputs have the types and values that `bindings` says.
  mutating func run(_ graph: Graph, _ bindings: InputBindings) throws(GraphError) -> Graph {
    try graph.validate()
    result.notes = graph.notes
    var scope = Scope(graph, depth: 0)
    for input in graph.inputs {
      let name = graph[input].name
      if let tensor = bindings.values[input] {
        scope.places[input.index] = addConstant(tensor, name: name)
      } else {
        let type = bindings.types[input] ?? graph[input].type
        try checkSizes(type, of: name)
        let place = add(name, type)
        result.inputs.append(place)
        scope.places[input.index] = place
      }
    }
    try takeNodes(of: &scope)
    for output in graph.outputs { result.outputs.append(try place(of: output, in: &scope)) }
    result.outputNames = graph.outputNames
    try computeNeededFolds()
    return compacted()
  }

  private func checkSizes(_ type: ValueType, of input: String) throws(GraphError) {
    do throws(GraphError) {
      for size in type.shape?.dimensions.compactMap(\.size) ?? [] where size < 0 {
        throw GraphError(.invalid, "expected sizes of at least 0, found \(size) in \(type)")
      }
      guard let sizes = type.shape?.sizes else { return }
      _ = try checkedElementCount(sizes).multiplied(by: type.elementType.byteCount)
    } catch {
      throw GraphError(error.code, "input '\(input)': \(error.message)")
    }
  }

  /// Takes the nodes that the scope's outputs need.
  mutating func takeNodes(of scope: inout Scope) throws(GraphError) {
    let live = scope.graph.liveNodes()
    for (node, isLive) in zip(scope.graph.nodes, live) where isLive { try take(node, &scope) }
  }

  private mutating func take(_ node: Node, _ scope: inout Scope) throws(GraphError) {
    var inputs = [ValueID?]()
    for input in node.inputs {
      inputs.append(try input.map { (id) throws(GraphError) in try place(of: id, in: &scope) })
    }
    for index in node.operator.shapeDecidingInputs where index < inputs.count {
      if let input = inputs[index] { try compute(input) }
    }
    if case .if(let then, let otherwise) = node.operator,
      let branch = try chosen(then, otherwise, node, inputs)
    {
      return try inline(branch.branch, captures: branch.captures, of: node, &scope)
    }
    let call = OperatorCall(
      op: node.operator, inputs: inputs.map { $0.map { result[$0].type } },
      values: inputs.map { $0.flatMap { known[$0.index] } }, outputCount: node.outputs.count,
      depth: scope.depth)
    let types = try call.outputTypes(of: node)
    if let source = call.forwardedInput(types), let output = node.outputs[0] {
      scope.places[output.index] = inputs[source]
      return
    }
    try settle(node, inputs, call, types, &scope)
  }

  /// Places the outputs of a node that does something: as constants, or with the node kept.
  private mutating func settle(
    _ node: Node, _ inputs: [ValueID?], _ call: OperatorCall, _ types: [ValueType],
    _ scope: inout Scope
  ) throws(GraphError) {
    if let tensor = call.shapeTensor() ?? call.equalityTensor(), let output = node.outputs[0] {
      scope.places[output.index] = addConstant(tensor, name: scope.graph[output].name)
      return
    }
    var outputs = [ValueID?]()
    for (output, type) in zip(node.outputs, types) {
      guard let output else {
        outputs.append(nil)
        continue
      }
      let place = add(scope.graph[output].name, completed(type, scope.graph[output].type))
      scope.places[output.index] = place
      outputs.append(place)
    }
    if try fold(node, inputs, outputs, types) { return }
    if let vector = try call.outputDimensions(), let output = outputs[0] {
      known[output.index] = vector.tensor.map { .tensor($0) } ?? .dimensions(vector)
      if vector.tensor != nil { return }
    }
    result.nodes.append(
      Node(name: node.name, operator: node.operator, inputs: inputs, outputs: outputs))
  }

  // MARK: Values

  mutating func add(_ name: String, _ type: ValueType) -> ValueID {
    known.append(nil)
    pendingFold.append(nil)
    return result.addValue(name, type)
  }

  mutating func addConstant(_ tensor: Tensor, name: String) -> ValueID {
    let place = add(name, ValueType(tensor.elementType, Shape(tensor.shape)))
    known[place.index] = .tensor(tensor)
    return place
  }

  /// Where a value of the scope stands in `result`; a constant is taken over when first read.
  mutating func place(of id: ValueID, in scope: inout Scope) throws(GraphError) -> ValueID {
    if let place = scope.places[id.index] { return place }
    guard let tensor = scope.graph.constants[id] else {
      throw GraphError(.invalid, "value '\(scope.graph[id].name)' is produced by nothing")
    }
    let place = addConstant(tensor, name: scope.graph[id].name)
    scope.places[id.index] = place
    return place
  }

  /// An inferred type, completed by what the file declares where inference knows nothing; what is
  /// still unknown gets a name of its own.
  private mutating func completed(_ inferred: ValueType, _ declared: ValueType) -> ValueType {
    var type = inferred
    if trustsDeclarations, declared.elementType == type.elementType, let shape = declared.shape {
      if type.shape == nil {
        type.shape = shape
      } else if let own = type.shape, own.rank == shape.rank {
        type.shape = Shape(
          zip(own.dimensions, shape.dimensions).map { $0.isUnknown ? $1 : $0 })
      }
    }
    guard let shape = type.shape else { return type }
    for axis in 0..<shape.rank where shape[axis].isUnknown {
      unknownCount += 1
      type.shape?[axis] = .symbol("?\(unknownCount)")
    }
    return type
  }
}
