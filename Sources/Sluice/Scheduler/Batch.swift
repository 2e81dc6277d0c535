/// What one worker steps: reused from step to step, so that none allocates. It belongs to the thread
/// that has the worker; it is filled and emptied under the engine's lock.
final class Batch: @unchecked Sendable {
  let worker: Int
  var streams: [LiveStream] = []
  /// By stream, the call whose frame it is.
  var calls: [Call] = []
  /// By stream.
  var slots: [Int] = []
  /// Calls that were taken out, their deadlines having passed.
  var late: [Call] = []
  /// Slots whose frame was not taken.
  var failed: [Int] = []
  /// Of them, those whose stream went back to a checkpoint.
  var rewound: [Int] = []

  init(worker: Int, slotCount: Int) {
    self.worker = worker
    streams.reserveCapacity(slotCount)
    calls.reserveCapacity(slotCount)
    slots.reserveCapacity(slotCount)
  }

  func append(_ stream: LiveStream, _ call: Call) {
    streams.append(stream)
    calls.append(call)
    slots.append(stream.slot)
  }

  /// Takes out the calls whose deadline has passed. Their frames go into no step.
  func dropLate() {
    guard calls.contains(where: { $0.deadline != nil }) else { return }
    let now = ContinuousClock.now
    for index in calls.indices.reversed() {
      let call = calls[index]
      guard let deadline = call.deadline, deadline <= now else { continue }
      call.error = .late(by: deadline.duration(to: now))
      late.append(call)
      failed.append(slots[index])
      calls.remove(at: index)
      streams.remove(at: index)
      slots.remove(at: index)
    }
  }

  func removeAll() {
    streams.removeAll(keepingCapacity: true)
    calls.removeAll(keepingCapacity: true)
    slots.removeAll(keepingCapacity: true)
    late.removeAll(keepingCapacity: true)
    failed.removeAll(keepingCapacity: true)
    rewound.removeAll(keepingCapacity: true)
  }
}
