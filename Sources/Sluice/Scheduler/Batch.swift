/// What one worker steps: reused from step to step, so that none allocates. It belongs to the thread
/// that has the worker; it is filled and emptied under the engine's lock.
final class Batch: @unchecked Sendable {
  let worker: Int
  var streams: [LiveStream] = []
  /// By stream, the call whose frame it is.
  var calls: [Call] = []
  /// By stream.
  var slots: [Int] = []
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

  func removeAll() {
    streams.removeAll(keepingCapacity: true)
    calls.removeAll(keepingCapacity: true)
    slots.removeAll(keepingCapacity: true)
    failed.removeAll(keepingCapacity: true)
    rewound.removeAll(keepingCapacity: true)
  }
}
