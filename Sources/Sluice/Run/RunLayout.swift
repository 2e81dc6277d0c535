/// How a caller's arrays fall into calls, rows and frames: rank decides.
///
///     network           array                        meaning
///     whole sequences   [batch, time, …]             one call; rows are streams
///                       [calls, batch, time, …]      one call per entry
///     one frame         [batch, …]                   one frame
///                       [frames, batch, …]           one call per frame
///
/// An array without the leading axis is repeated when others have it, and a batch of 1 when others
/// have more rows.
struct RunLayout: Sendable {
  let ports: [FramePort]
  /// In the order of `ports`.
  let arrays: [Tensor]
  /// Entries of the leading axis; nil if no array has one.
  let calls: Int?
  let rows: Int
  /// Frames of one call: 1 for networks of one frame.
  let framesPerCall: Int
  /// The time axis of the first input that has one; nil for a network of one frame.
  let timeAxis: Int?

  /// - Parameter arrays: one for each of `ports`, by name.
  /// - Throws: `frameRefused`, naming the input, what was expected and what was found.
  init(_ ports: [FramePort], arrays named: [String: Tensor]) throws(SessionError) {
    var arrays: [Tensor] = []
    var extents = Extents()
    for port in ports {
      guard let array = named[port.port.name] else {
        throw SessionError(.frameRefused, "missing '\(port.port.name)'")
      }
      guard let taken = array.taken(as: port.port.elementType) else {
        throw SessionError(
          .frameRefused,
          "'\(port.port.name)' holds \(port.port.elementType); found \(array.elementType)")
      }
      try extents.include(taken.shape, of: port)
      arrays.append(taken)
    }
    self.ports = ports
    self.arrays = arrays
    calls = extents.calls?.count
    rows = extents.rows?.count ?? 1
    framesPerCall = extents.frames?.count ?? 1
    timeAxis = ports.lazy.compactMap(\.port.timeAxis).first
  }

  /// The arrays of one call, without the leading axis.
  func arrays(ofCall call: Int) -> [Tensor] {
    zip(ports, arrays).map { port, array in
      array.rank == port.port.shape.count ? array : array.entry(call, along: 0)
    }
  }

  /// One frame of one row, counted over all calls: a tensor per input.
  func frame(_ time: Int, row: Int = 0) -> [Tensor] {
    let call = time / framesPerCall
    return frames(
      arrays(ofCall: call), at: time - call * framesPerCall, rows: row..<row + 1)[0]
  }

  /// One frame of each row in `rows`: a tensor per input.
  ///
  /// - Parameter arrays: those of the call.
  func frames(_ arrays: [Tensor], at time: Int, rows: Range<Int>) -> [[Tensor]] {
    let cut = zip(ports, arrays).map { port, array in
      guard let axis = port.port.timeAxis else { return array }
      let start = time * port.entriesPerFrame
      return array.entries(start..<(start + port.entriesPerFrame), along: axis)
    }
    return rows.map { row in
      zip(ports, cut).map { port, array in
        guard let axis = port.port.batchAxis, array.shape[axis] > 1 else { return array }
        return array.entries(row..<(row + 1), along: axis)
      }
    }
  }
}

/// The sizes that the arrays of a run agree on.
private struct Extents {
  /// A size and the input that said so.
  typealias Extent = (count: Int, input: String)

  var calls: Extent?
  var rows: Extent?
  var frames: Extent?

  /// Checks an array's shape against its port and against what the arrays before it said.
  mutating func include(_ shape: [Int], of port: FramePort) throws(SessionError) {
    let name = port.port.name
    let rank = port.port.shape.count
    guard shape.count == rank || shape.count == rank + 1, !shape.contains(0) else {
      throw SessionError(.frameRefused, refusal(of: shape, port))
    }
    let hasCalls = shape.count > rank
    if hasCalls { try agree(&calls, (shape[0], name), "entries along the leading axis") }
    let own = Array(hasCalls ? shape[1...] : shape[...])
    for (axis, size) in own.enumerated() {
      if axis == port.port.timeAxis {
        guard size % port.entriesPerFrame == 0 else {
          throw SessionError(.frameRefused, refusal(of: shape, port))
        }
        try agree(&frames, (size / port.entriesPerFrame, name), "frames")
      } else if axis == port.port.batchAxis {
        try agreeOnRows((size, name))
      } else if size != port.frameShape[axis] {
        throw SessionError(.frameRefused, refusal(of: shape, port))
      }
    }
  }

  private mutating func agreeOnRows(_ found: Extent) throws(SessionError) {
    if found.count == 1, rows != nil { return }
    if rows?.count == 1 { rows = nil }
    try agree(&rows, found, "rows of the batch")
  }

  private func agree(
    _ known: inout Extent?, _ found: Extent, _ what: String
  ) throws(SessionError) {
    if let known, known.count != found.count {
      throw SessionError(
        .frameRefused,
        "'\(known.input)' has \(known.count) \(what) and '\(found.input)' has \(found.count)")
    }
    known = found
  }

  /// `'x' is [batch, 257, time, 2], or that with one more leading axis; found [3, 4]`.
  private func refusal(of shape: [Int], _ port: FramePort) -> String {
    let expected = port.frameShape.indices.map { axis in
      if axis == port.port.timeAxis {
        return port.entriesPerFrame == 1 ? "time" : "\(port.entriesPerFrame)·time"
      }
      return axis == port.port.batchAxis ? "batch" : "\(port.frameShape[axis])"
    }.joined(separator: ", ")
    return
      "'\(port.port.name)' is [\(expected)], or that with one more leading axis; found \(shape)"
  }
}
