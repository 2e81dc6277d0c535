import SluiceGraph

/// `onnx`: a network from an ONNX file as one layer.
extension NetworkBuilder {
  mutating func addPart(_ fields: inout DescriptionFields) throws(FormatError) {
    let place = fields.place
    guard let file = try fields.string("file") else { throw fields.missing("file") }
    let inputName = try fields.string("input")
    let outputName = try fields.string("output")
    parts[file, default: 0] += 1
    guard parts[file, default: 0] <= TensorSource.useLimit else {
      throw FormatError(
        .limit, "\(place): \(file) is taken by more than \(TensorSource.useLimit) layers")
    }
    let part = try ONNXFile.load(path: try folder.path(of: file), options: options)
    let input = try select(
      inputName, part.inputs.map { part[$0].name }, "input", file, place)
    let output = try select(outputName, part.outputNames, "output", file, place)
    try checkOnlyInput(input, of: part, file, place)
    let type = part[part.inputs[input]].type
    guard type.elementType == frames.elementType else {
      throw FormatError(
        .malformed,
        "\(place): input '\(part[part.inputs[input]].name)' of \(file) is \(type.elementType), "
          + "the frames here are \(frames.elementType)")
    }
    let name = layerName(partName(file), .onnx)
    let perFrame = try runsPerFrame(type.shape, file, place)
    let source = frames.value
    if perFrame { mergeBatchAndTime(name) }
    let outputs = graph.splice(part, inputs: [frames.value], prefix: name)
    frames.value = outputs[output]
    let result = part[part.outputs[output]].type
    frames.elementType = result.elementType
    let axes = result.shape?.dimensions.map(\.size)
    frames.axes = axes.map { Array($0.dropFirst(perFrame ? 1 : frames.leading)) }
    if perFrame { splitBatchAndTime(as: source, name) }
  }

  private func partName(_ file: String) -> String {
    let last = file.split(separator: "/").last.map(String.init) ?? file
    return last.hasSuffix(".onnx") ? String(last.dropLast(5)) : last
  }

  private func select(
    _ name: String?, _ names: [String], _ key: String, _ file: String, _ place: String
  ) throws(FormatError) -> Int {
    let known = names.joined(separator: ", ")
    if let name {
      guard let index = names.firstIndex(of: name) else {
        throw FormatError(
          .malformed, "\(place).\(key): \(file) has no '\(name)'; it has \(known)")
      }
      return index
    }
    guard names.count == 1 else {
      throw FormatError(.malformed, "\(place): no \"\(key)\"; \(file) has \(known)")
    }
    return 0
  }

  private func checkOnlyInput(
    _ input: Int, of part: Graph, _ file: String, _ place: String
  ) throws(FormatError) {
    let others = part.inputs.indices.filter { $0 != input }.map { part[part.inputs[$0]].name }
    guard others.isEmpty else {
      throw FormatError(
        .unsupported,
        "\(place): \(file) takes further inputs: \(others.joined(separator: ", ")); "
          + "a layer has one")
    }
  }

  /// Whether the part takes single frames (batch and time become its first axis), by the rank of its
  /// input; else it takes the whole sequence.
  private func runsPerFrame(
    _ shape: Shape?, _ file: String, _ place: String
  ) throws(FormatError) -> Bool {
    guard let shape, let axes = frames.axes else { return false }
    let rank = frames.leading + axes.count
    guard frames.hasTime, shape.rank == rank - 1 else {
      guard shape.rank == rank else {
        throw FormatError(
          .malformed,
          "\(place): the input of \(file) has \(shape.rank) axes; frames here have \(axes.count), "
            + "so it may have \(axes.count + 1) or \(rank)")
      }
      try checkAxes(shape, from: frames.leading, file, place)
      return false
    }
    try checkAxes(shape, from: 1, file, place)
    if let size = shape.dimensions[0].size {
      throw FormatError(
        .unsupported,
        "\(place): the first axis of the input of \(file) is fixed at \(size); export it with a "
          + "dynamic first axis, which takes batch and time")
    }
    return true
  }

  private func checkAxes(
    _ shape: Shape, from start: Int, _ file: String, _ place: String
  ) throws(FormatError) {
    for (expected, found) in zip(shape.dimensions.dropFirst(start), frames.axes ?? []) {
      guard let expected = expected.size, let found, expected != found else { continue }
      let sizes = (frames.axes ?? []).map { $0.map { "\($0)" } ?? "?" }.joined(separator: ", ")
      throw FormatError(
        .malformed,
        "\(place): the input of \(file) has shape \(shape), the frames here [\(sizes)]")
    }
  }

  /// `[batch, time, axes…]` to `[batch · time, axes…]`.
  private mutating func mergeBatchAndTime(_ name: String) {
    let axes = frames.axes ?? []
    if let sizes = axes.reduce(
      [Int]?.some([]), { list, size in size.map { (list ?? []) + [$0] } ?? nil }),
      !axes.contains(nil)
    {
      apply(
        .reshape(allowZero: false), [integers([-1] + sizes, "\(name).frames_shape")],
        name: "\(name).frames")
      return
    }
    let rest = graph.addNode(
      .shape(start: 2, end: nil), [frames.value], name: "\(name).frame_sizes")
    let all = integers([-1], "\(name).all_frames")
    let target = graph.addNode(.concat(axis: 0), [all, rest], name: "\(name).frames_shape")
    apply(.reshape(allowZero: false), [target], name: "\(name).frames")
  }

  /// `[batch · time, axes…]` back to `[batch, time, axes…]`, with the sizes of `source`.
  private mutating func splitBatchAndTime(as source: ValueID, _ name: String) {
    let leading = graph.addNode(
      .shape(start: 0, end: 2), [source], name: "\(name).batch_and_time")
    let rest = graph.addNode(
      .shape(start: 1, end: nil), [frames.value], name: "\(name).result_sizes")
    let target = graph.addNode(
      .concat(axis: 0), [leading, rest], name: "\(name).sequence_shape")
    apply(.reshape(allowZero: false), [target], name: "\(name).sequence")
  }
}
