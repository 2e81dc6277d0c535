/// What one frame of one input looks like, and where it goes in the value a step takes.
///
/// A frame has the step's shape with `entriesPerFrame` along the time axis:
///
///     step  [1, 4, 40]   time axis 1, 4 entries, 2 frames a step
///     frame [1, 2, 40]
///
/// A batch or time axis of size 1 may be left out of a frame: the elements and their order are the
/// same, so `[1, 1, 34]`, `[1, 34]` and `[34]` are one frame.
struct FramePort: Sendable {
  let port: StreamPort
  /// Entries along the time axis that a frame brings; 1 without one.
  let entriesPerFrame: Int
  let frameShape: [Int]
  let frameByteCount: Int
  let stepByteCount: Int
  /// Runs of bytes in a frame: the product of the axes before time. Without a time axis a step takes
  /// the last frame's value whole.
  private let blockCount: Int
  /// The shapes a frame may come in: as it is, or without its batch or time axis of size 1.
  let acceptedShapes: [[Int]]

  init(_ port: StreamPort, framesPerStep: Int) throws(SluiceError) {
    guard let stepCount = Tensor.elementCount(of: port.shape) else {
      throw SluiceError(.limit, "input '\(port.name)' has too many elements: \(port.shape)")
    }
    self.port = port
    stepByteCount = stepCount * port.elementType.byteCount
    guard let axis = port.timeAxis else {
      (entriesPerFrame, frameShape, frameByteCount) = (1, port.shape, stepByteCount)
      blockCount = 1
      acceptedShapes = frameShape.withoutUnits(among: [port.batchAxis])
      return
    }
    guard framesPerStep > 0, port.entriesPerStep % framesPerStep == 0 else {
      throw SluiceError(
        .modelRefused,
        "input '\(port.name)' takes \(port.entriesPerStep) entries a step, "
          + "which \(framesPerStep) frames do not divide")
    }
    entriesPerFrame = port.entriesPerStep / framesPerStep
    var shape = port.shape
    shape[axis] = entriesPerFrame
    frameShape = shape
    frameByteCount = stepByteCount / framesPerStep
    blockCount = port.shape[..<axis].reduce(1, *)
    acceptedShapes = shape.withoutUnits(among: [port.batchAxis, axis])
  }

  /// The frame as this port takes it.
  ///
  /// - Throws: `frameRefused` naming the shapes and type expected and what was found.
  func checked(_ frame: Tensor) throws(SessionError) -> Tensor {
    guard acceptedShapes.contains(frame.shape) else {
      let shapes = acceptedShapes.map { "\($0)" }.joined(separator: " or ")
      throw SessionError(
        .frameRefused,
        "a frame of '\(port.name)' has the shape \(shapes); found \(frame.shape)")
    }
    guard let taken = frame.taken(as: port.elementType) else {
      throw SessionError(
        .frameRefused,
        "a frame of '\(port.name)' holds \(port.elementType); found \(frame.elementType)")
    }
    return taken
  }

  /// Puts a frame's bytes into the value of the step.
  ///
  /// - Parameter position: which frame of the step, from 0.
  func place(_ frame: UnsafeRawBufferPointer, at position: Int, in step: inout [UInt8]) {
    guard port.timeAxis != nil, blockCount > 0 else {
      return step.replaceSubrange(0..<frame.count, with: unsafe Array(frame))
    }
    let frameBlock = frameByteCount / blockCount
    let stepBlock = stepByteCount / blockCount
    for block in 0..<blockCount {
      let start = block * stepBlock + position * frameBlock
      for offset in 0..<frameBlock {
        step[start + offset] = unsafe frame[block * frameBlock + offset]
      }
    }
  }
}

extension [Int] {
  /// The sizes as they are, and without any of `axes` whose size is 1.
  fileprivate func withoutUnits(among axes: [Int?]) -> [[Int]] {
    let droppable = axes.compactMap { axis -> Int? in
      guard let axis, self[axis] == 1 else { return nil }
      return axis
    }
    let choices: [Set<Int>] = [[]] + droppable.map { [$0] } + [Set(droppable)]
    var shapes: [[Int]] = []
    for axes in choices {
      let shape = removing(axes)
      if !shapes.contains(shape) { shapes.append(shape) }
    }
    return shapes
  }

  /// The sizes without those of `axes`.
  fileprivate func removing(_ axes: Set<Int>) -> [Int] {
    indices.filter { !axes.contains($0) }.map { self[$0] }
  }
}
