import Synchronization

/// A stream in a slot: where it stands, and the frames that wait for the rest of their step. Its
/// states are in the executable.
///
/// Unchecked, because it changes hands: all that changes belongs to who took the stream's frame from the
/// scheduler, or has its slot for himself; only the calls are taken out under the lane's lock.
final class LiveStream: @unchecked Sendable {
  let id: StreamID
  /// The slot, as a step of this stream alone takes it.
  let slots: [Int]
  var position: StreamPosition
  /// One step's value per input, filled as frames come; empty where every frame is a step.
  var gathered: [[UInt8]]
  /// Where its states are.
  var placement: Placement
  /// The host's copy of its states; nil where there is none, or none that is still true.
  var checkpoint: Checkpoint?
  /// How it went on after its device had failed; nil if that did not happen.
  var recovery: Recovery?
  /// How often it went back to an earlier frame. Calls remember it when they are queued: a frame that was
  /// given before such a turn does not follow what the stream goes on from.
  let rewinds = Atomic(0)
  /// Whether it was counted as lost.
  var isLost = false
  /// Calls to be used again, so that a step need not allocate one.
  private var calls = [Call()]
  private var latest = 0
  let maximumCalls: Int

  init(
    _ id: StreamID, position: StreamPosition, inputs: [FramePort], maximumCalls: Int,
    on placement: Placement
  ) {
    self.id = id
    self.placement = placement
    slots = [id.slot]
    self.position = position
    self.maximumCalls = max(1, maximumCalls)
    gathered =
      position.framesPerStep == 1
      ? [] : inputs.map { Array(repeating: 0, count: $0.stepByteCount) }
  }

  var slot: Int { id.slot }

  /// A call that nobody has; `Call.free` gives it back.
  func takeCall() -> Call {
    for _ in calls.indices {
      let call = calls[latest]
      if call.take() {
        call.rewinds = rewinds.load(ordering: .acquiring)
        return call
      }
      latest = latest + 1 == calls.count ? 0 : latest + 1
    }
    let call = Call()
    if calls.count < maximumCalls { calls.append(call) }
    _ = call.take()
    call.rewinds = rewinds.load(ordering: .acquiring)
    return call
  }
}
