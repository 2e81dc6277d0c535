/// What steps in the caller's own memory need of a network: one `float32` input and one `float32`
/// output.
struct FloatForm: Sendable {
  /// Elements of a frame.
  let inputCount: Int
  /// Elements of a step's output.
  let outputCount: Int

  /// - Returns: nil if the network has another form.
  init?(_ inputs: [FramePort], _ outputs: [StreamPort]) {
    guard inputs.count == 1, outputs.count == 1, inputs[0].port.elementType == .float32,
      outputs[0].elementType == .float32
    else { return nil }
    inputCount = inputs[0].frameByteCount / MemoryLayout<Float>.size
    outputCount = outputs[0].shape.reduce(1, *)
  }
}

extension Engine {
  /// Checks the counts of a call that brings its own memory.
  ///
  /// - Throws: `unsupported`, `frameRefused`.
  @inline(__always)
  func checkFloats(frame: Int, output: Int) throws(SessionError) {
    guard let form = floatForm, frame == form.inputCount, output == form.outputCount else {
      throw floatRefusal(frame: frame, output: output)
    }
  }

  private func floatRefusal(frame: Int, output: Int) -> SessionError {
    if let form = floatForm {
      return SessionError(
        .frameRefused,
        "a frame of '\(frameInputs[0].port.name)' has \(form.inputCount) elements and a step of "
          + "'\(stepGraph.outputs[0].name)' \(form.outputCount); "
          + "found room for \(frame) and \(output)")
    }
    let isInput = frameInputs.count != 1 || frameInputs[0].port.elementType != .float32
    let found =
      isInput
      ? frameInputs.map { "\($0.port.name) \($0.port.elementType)" }
      : stepGraph.outputs.map { "\($0.name) \($0.elementType)" }
    return SessionError(
      .unsupported,
      "step(_:into:) is for one float32 \(isInput ? "input" : "output"); found "
        + found.joined(separator: ", "))
  }

  func notANumber() -> SessionError {
    SessionError(.notANumber, "a frame of '\(frameInputs[0].port.name)' holds NaN")
  }
}
