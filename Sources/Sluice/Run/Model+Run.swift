extension Model {
  /// Runs arrays through the network and gives every output and final state.
  ///
  ///     let result = try model.run(["input": clip])     // [batch, time, 34]
  ///     print(result.outputs["output"]?.shape ?? [])    // [batch, time, 3]: one entry per step
  ///
  /// Rank decides what an array is: see `Engine.run(_:)`. In stream mode an output without a time axis
  /// gets one where the input has it. An array without the leading axis is repeated when others have
  /// it. Dimensions and inputs that have to be bound are bound by what these arrays are.
  ///
  /// - Parameters:
  ///   - inputs: by name; states are initial values and may be left out where the network streams.
  ///   - mode: `auto` streams if the network can, and says in `modeReason` why not otherwise.
  ///   - options: `maximumStreams` bounds how many rows of a batch step together.
  /// - Throws: `SluiceError`; the message names the input, node or device, expected and found.
  public func run(
    _ inputs: [String: Tensor], mode: RunMode = .auto, options: EngineOptions = EngineOptions()
  ) throws(SluiceError) -> RunResult {
    if mode == .sequence { return try runSequence(inputs, options, reason: "asked for") }
    let model = try bound(by: inputs)
    do {
      let stepGraph = try model.stepGraph()
      var options = options
      options.maximumStreams = min(options.maximumStreams, model.rows(of: inputs, stepGraph))
      let engine = try Engine(model, options)
      return try engine.run(
        inputs, reason: mode == .stream ? "asked for" : "the network can run frame by frame")
    } catch {
      guard mode == .auto, error.code == .notStreamable else { throw error }
      return try runSequence(inputs, options, reason: error.message)
    }
  }

  /// Rows of the batch that the arrays hold; 1 where that cannot be told, so that the run itself finds
  /// what is wrong.
  private func rows(of inputs: [String: Tensor], _ stepGraph: StepGraph) -> Int {
    stepGraph.inputs.reduce(1) { rows, port in
      guard let array = inputs[port.name], let axis = port.batchAxis else { return rows }
      let place = axis + (array.rank > port.shape.count ? 1 : 0)
      return array.shape.indices.contains(place) ? max(rows, array.shape[place]) : rows
    }
  }
}
