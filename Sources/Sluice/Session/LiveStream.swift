/// A stream in a slot: where it stands, and the frames that wait for the rest of their step. Its
/// states are in the executable.
struct LiveStream: Sendable {
  let slot: Int
  var position: StreamPosition
  /// One step's value per input, filled as frames come; empty where every frame is a step.
  var gathered: [[UInt8]]

  init(slot: Int, position: StreamPosition, inputs: [FramePort]) {
    self.slot = slot
    self.position = position
    gathered =
      position.framesPerStep == 1
      ? [] : inputs.map { Array(repeating: 0, count: $0.stepByteCount) }
  }
}
