/// The short way of a frame that finds the engine idle: its caller has the slot and a worker at once,
/// and no call is queued. Steps of several frames and engines with a `maximumDelay` do without it.
extension Scheduler {
  /// Takes the stream and a worker, if nothing waits anywhere.
  ///
  /// - Returns: the worker; nil if the frame has to be queued.
  mutating func beginAlone(_ id: StreamID) -> Int? {
    guard framesPerStep == 1, maximumDelay == .zero, ready.isEmpty, gathering.isEmpty, isOpen(id),
      queues[id.slot].phase == .idle, let worker = freeWorkers.popLast()
    else { return nil }
    setPhase(id.slot, .alone)
    queues[id.slot].frameCount = 1
    batches[worker].append(id.slot)
    return worker
  }

  /// The frame was taken, or failed.
  mutating func finishAlone(_ id: StreamID, worker: Int) {
    batches[worker].removeAll(keepingCapacity: true)
    freeWorkers.append(worker)
    queues[id.slot].frameCount -= 1
    settle(id.slot)
  }
}
