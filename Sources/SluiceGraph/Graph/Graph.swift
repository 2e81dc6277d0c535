/// A reference to one value of one graph: an index into `Graph.values`.
public struct ValueID: Sendable, Hashable, Comparable {
  public let index: Int
  public init(_ index: Int) { self.index = index }
  public static func < (a: ValueID, b: ValueID) -> Bool { a.index < b.index }
}

/// A network: named inputs and outputs, nodes in topological order, constants.
///
/// Values are identified by number; names are for people and for lookup. Every value has at most one
/// producer: an input of the graph, a constant, or one output of one node.
public struct Graph: Sendable {
  /// The graph's name in its file.
  public var name: String
  /// One entry per value; `ValueID.index` points here.
  public var values: [Value]
  /// In the file's order.
  public var inputs: [ValueID]
  /// In the file's order. A value may be an output more than once under `outputNames`.
  public var outputs: [ValueID]
  /// The public names of `outputs`, in the same order. Rewrites keep them while values change.
  public var outputNames: [String]
  /// In topological order: a node's inputs come from before it.
  public var nodes: [Node]
  /// The values that are known.
  public var constants: [ValueID: Tensor]
  /// What an import or rewrite wants a person to know, one sentence each.
  public var notes: [String]

  public struct Value: Sendable, Hashable {
    public var name: String
    public var type: ValueType
    public init(name: String, type: ValueType) {
      self.name = name
      self.type = type
    }
  }

  /// An empty graph.
  public init(name: String) {
    self.name = name
    values = []
    inputs = []
    outputs = []
    outputNames = []
    nodes = []
    constants = [:]
    notes = []
  }

  public subscript(id: ValueID) -> Value {
    get { values[id.index] }
    set { values[id.index] = newValue }
  }
}

/// One operator applied to values.
public struct Node: Sendable {
  /// The name in the file, or one made from the operator and the output's name.
  public var name: String
  public var `operator`: Operator
  /// In the operator's order; nil where an optional input is absent.
  public var inputs: [ValueID?]
  /// In the operator's order; nil where an output is not used.
  public var outputs: [ValueID?]

  public init(name: String, operator: Operator, inputs: [ValueID?], outputs: [ValueID?]) {
    self.name = name
    self.operator = `operator`
    self.inputs = inputs
    self.outputs = outputs
  }
}

/// A graph inside a node, with every value it uses from outside written down.
public struct Subgraph: Sendable {
  /// The inner graph. Its `inputs` are exactly the inner ends of `captures`, in their order.
  public var graph: Graph
  /// The values of the surrounding graph that the inner one reads: `captures[i]` outside is
  /// `graph.inputs[i]` inside.
  public var captures: [ValueID]

  public init(graph: Graph, captures: [ValueID]) {
    self.graph = graph
    self.captures = captures
  }
}
