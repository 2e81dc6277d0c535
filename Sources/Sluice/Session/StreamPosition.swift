/// How far a stream has come: a pure count of frames and steps.
///
///     framesPerStep 3:   frame  0 1 2 | 3 4 5 | 6
///                        step       0       1      → steps 2, pending 1
struct StreamPosition: Sendable, Hashable {
  let framesPerStep: Int
  /// Frames before the step from which every output is given.
  let warmUp: Int
  /// Steps run since the reset.
  private(set) var steps = 0
  /// Frames that wait for the rest of their step; fewer than `framesPerStep`.
  private(set) var pending = 0

  init(framesPerStep: Int, warmUp: Int) {
    self.framesPerStep = max(1, framesPerStep)
    self.warmUp = max(0, warmUp)
  }

  /// Frames that steps have consumed; those pending do not count.
  var framesConsumed: Int { steps * framesPerStep }
  /// Frames still to come before the step from which every output is given.
  var warmUpLeft: Int { max(0, warmUp - framesConsumed - pending) }
  /// Whether the next frame makes a step due.
  var isStepNext: Bool { pending + 1 == framesPerStep }

  /// Counts a frame, and the step it completes.
  mutating func takeFrame() {
    if isStepNext {
      pending = 0
      steps += 1
    } else {
      pending += 1
    }
  }

  mutating func reset() {
    steps = 0
    pending = 0
  }

  /// Goes to where a snapshot was taken; false, and no change, if no stream can stand there.
  mutating func move(toSteps steps: Int, pending: Int) -> Bool {
    let (frames, overflow) = steps.multipliedReportingOverflow(by: framesPerStep)
    guard steps >= 0, pending >= 0, pending < framesPerStep, !overflow, frames <= Int.max / 2
    else { return false }
    self.steps = steps
    self.pending = pending
    return true
  }
}
