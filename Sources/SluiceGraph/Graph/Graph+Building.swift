/// Adding to a graph.
extension Graph {
  /// Adds a value without a producer.
  public mutating func addValue(_ name: String, _ type: ValueType) -> ValueID {
    values.append(Value(name: name, type: type))
    return ValueID(values.count - 1)
  }

  /// Adds an input of the graph.
  public mutating func addInput(
    _ name: String, _ elementType: ElementType, _ shape: Shape?
  ) -> ValueID {
    let id = addValue(name, ValueType(elementType, shape))
    inputs.append(id)
    return id
  }

  /// Adds a known value.
  public mutating func addConstant(_ tensor: Tensor, name: String) -> ValueID {
    let id = addValue(name, ValueType(tensor.elementType, Shape(tensor.shape)))
    constants[id] = tensor
    return id
  }

  /// Appends a node with one output and returns that output. The output's type is `type` if given,
  /// else to be found by inference (`float32`, shape unknown, until then).
  @discardableResult
  public mutating func addNode(
    _ op: Operator, _ inputs: [ValueID?], name: String, type: ValueType? = nil
  ) -> ValueID {
    let output = addValue(name, type ?? ValueType(.float32, nil))
    nodes.append(Node(name: name, operator: op, inputs: inputs, outputs: [output]))
    return output
  }

  /// Makes `value` an output called `name`.
  public mutating func addOutput(_ value: ValueID, name: String? = nil) {
    outputs.append(value)
    outputNames.append(name ?? self[value].name)
  }
}
