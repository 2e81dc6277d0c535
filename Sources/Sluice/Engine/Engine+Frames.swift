/// From what a caller hands in to one checked tensor per input.
extension Engine {
  /// Whether arrays are one frame, as `Session.step` takes it, and not a row of frames for
  /// `Session.run`: told by the shapes of what they name. What neither takes is no frame.
  public func isFrame(_ arrays: [String: Tensor]) -> Bool {
    frameInputs.allSatisfy { input in
      arrays[input.port.name].map { input.acceptedShapes.contains($0.shape) } ?? false
    }
  }

  /// The frames of one call in the order of `frameInputs`.
  ///
  /// - Throws: `frameRefused`, naming every input missing or unknown, or the one that does not fit;
  ///   `notANumber` under that policy.
  func frames(
    from named: [String: Tensor], nanPolicy: SessionOptions.NaNPolicy
  ) throws(SessionError) -> [Tensor] {
    try checkNames(of: named)
    var frames: [Tensor] = []
    frames.reserveCapacity(frameInputs.count)
    for input in frameInputs {
      guard let frame = named[input.port.name] else { continue }
      frames.append(try checked(frame, input, nanPolicy: nanPolicy))
    }
    return frames
  }

  /// The frame of the only input.
  func frame(
    from tensor: Tensor, nanPolicy: SessionOptions.NaNPolicy
  ) throws(SessionError) -> [Tensor] {
    [try checked(tensor, onlyInput(), nanPolicy: nanPolicy)]
  }

  private func checked(
    _ frame: Tensor, _ input: FramePort, nanPolicy: SessionOptions.NaNPolicy
  ) throws(SessionError) -> Tensor {
    let checked = try input.checked(frame)
    if nanPolicy == .reject, checked.containsNaN {
      throw SessionError(.notANumber, "a frame of '\(input.port.name)' holds NaN")
    }
    return checked
  }

  /// The one input of a network that has one.
  func onlyInput() throws(SessionError) -> FramePort {
    guard let input = frameInputs.first, frameInputs.count == 1 else {
      throw SessionError(
        .unsupported,
        "the network takes \(frameInputs.count) inputs a frame (\(inputNames)); name each")
    }
    return input
  }

  var inputNames: String {
    frameInputs.map { "'\($0.port.name)'" }.joined(separator: ", ")
  }

  /// Every input is there once and nothing else is. An input that was bound may be given again with
  /// the value it was bound to.
  func checkNames(of named: [String: Tensor]) throws(SessionError) {
    if named.count == frameInputs.count,
      frameInputs.allSatisfy({ named.keys.contains($0.port.name) })
    {
      return
    }
    let expected = Set(frameInputs.map(\.port.name))
    let missing = expected.subtracting(named.keys).sorted()
    guard missing.isEmpty else {
      throw SessionError(
        .frameRefused, "missing \(quoted(missing)); a frame has \(inputNames)")
    }
    for name in named.keys.sorted() where !expected.contains(name) {
      if let array = named[name], let agrees = model.agrees(array, withValueBoundTo: name) {
        guard agrees else {
          throw SessionError(
            .frameRefused, "'\(name)' was bound to another value and cannot change")
        }
        continue
      }
      let isState = stepGraph.program.states.contains { $0.name == name }
      throw SessionError(
        .frameRefused,
        isState
          ? "'\(name)' is a state: set it with setState(_:to:)"
          : "'\(name)' is no input; a frame has \(inputNames)")
    }
  }
}

func quoted(_ names: [String]) -> String {
  names.map { "'\($0)'" }.joined(separator: ", ")
}
