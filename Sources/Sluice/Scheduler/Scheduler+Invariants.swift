/// What always holds between two events; tests call it after each.
extension Scheduler {
  /// - Returns: what does not hold, in words.
  func _checkInvariants() -> [String] {
    var broken: [String] = []
    func expect(_ holds: Bool, _ what: @autoclosure () -> String) {
      if !holds { broken.append(what()) }
    }
    for (slot, queue) in queues.enumerated() {
      for what in queue.broken(framesPerStep: framesPerStep) {
        broken.append("slot \(slot) \(what)")
      }
      let places = ready.count { $0 == slot }
      expect(places == (queue.phase == .ready ? 1 : 0), "slot \(slot) is ready \(places) times")
      let gathers = gathering.count { $0 == slot }
      expect(gathers == (queue.phase == .gathering ? 1 : 0), "slot \(slot) gathers \(gathers)")
      let steps = batches.joined().count { $0 == slot }
      let isStepping = queue.phase == .taken || queue.phase == .alone
      expect(steps <= (isStepping ? 1 : 0), "slot \(slot) is in \(steps) steps")
    }
    expect(slots.takenCount == queues.count { $0.phase != .free }, "slots are lost")
    expect(idleCount == queues.count { $0.phase == .idle }, "idle streams are miscounted")
    expect(released <= ready.count, "\(released) of \(ready.count) are released")
    expect(Set(freeWorkers).count == freeWorkers.count, "a worker is free twice")
    for worker in batches.indices {
      expect(
        freeWorkers.contains(worker) == batches[worker].isEmpty,
        "worker \(worker) has \(batches[worker]) and the free ones are \(freeWorkers)")
    }
    expect(callers == counted, "callers are \(callers), counted \(counted)")
    return broken
  }

  private var counted: Callers {
    var counted = Callers()
    for queue in queues {
      for (index, entry) in queue.entries.enumerated() {
        switch (entry.waiting, entry.isThread) {
        case (.parked, true): counted.parkedThreads += queue.isTaken(index) ? 0 : 1
        case (.parked, false): counted.parkedTasks += queue.isTaken(index) ? 0 : 1
        case (.called, true): counted.calledThreads += 1
        case (.called, false): counted.calledTasks += 1
        case (.active, _): break
        }
      }
    }
    return counted
  }
}

extension StreamQueue {
  fileprivate func broken(framesPerStep: Int) -> [String] {
    var broken: [String] = []
    let frames = entries.count { $0.kind == .frame } + (phase == .alone ? 1 : 0)
    if frames != frameCount || frames > maximumFrames {
      broken.append("has \(frames) frames, counted \(frameCount), of \(maximumFrames)")
    }
    if gathered >= framesPerStep { broken.append("gathered \(gathered) of \(framesPerStep)") }
    switch phase {
    case .free, .idle:
      if !entries.isEmpty || isClosing && phase == .idle { broken.append("is \(phase) with calls") }
    case .ready, .gathering:
      let isLast = gathered + 1 == framesPerStep
      if entries.isEmpty || entries[0].kind == .turn || isLast != (phase == .ready) || isClosing {
        broken.append("is \(phase) and ought not to be")
      }
    case .taken:
      if entries.isEmpty || entries[0].kind == .turn || isClosing && entries.count > 1 {
        broken.append("is taken with \(entries.count) calls")
      }
    case .alone:
      if isClosing && !entries.isEmpty { broken.append("closes with \(entries.count) calls") }
    case .held:
      if entries.first?.kind == .frameInTurn || isClosing && !entries.isEmpty {
        broken.append("is held with a frame of the turn")
      }
    }
    if entries.dropFirst().contains(where: { $0.kind == .frameInTurn }) {
      broken.append("has a frame of a turn behind others")
    }
    return broken
  }
}
