/// Names a stream: the slot it has, and which of the streams that had it one after another.
struct StreamID: Sendable, Hashable {
  let slot: Int
  let generation: Int
}

/// Names a call that waits in a stream's queue; numbers count up.
struct Ticket: Sendable, Hashable {
  let stream: StreamID
  let number: Int
}

/// What one slot's stream is doing, and its calls in the order in which they were made.
struct StreamQueue<Call> {
  enum Phase: Sendable, Hashable {
    /// No stream has the slot.
    case free
    /// Nothing waits.
    case idle
    /// The first call's frame completes a step.
    case ready
    /// The first call's frame is one of several that a step takes, and not the last.
    case gathering
    /// The first call's frame is in a step, or is being gathered.
    case taken
    /// A frame that was not queued is in a step.
    case alone
    /// Somebody has the slot for himself.
    case held
  }

  enum Kind: Sendable, Hashable {
    case frame
    /// Waits to have the slot for itself.
    case turn
    /// A frame from the one who has the slot, and has it again afterwards.
    case frameInTurn
  }

  /// What a call's thread or task does meanwhile.
  enum Waiting: Sendable, Hashable {
    /// It runs, and looks for work before it waits.
    case active
    case parked
    /// It was woken to look for work, and has not come back yet.
    case called
  }

  struct Entry {
    let call: Call
    let kind: Kind
    /// A thread that blocks, else a task that is suspended.
    let isThread: Bool
    var waiting = Waiting.active
    let arrival: Duration
  }

  var phase = Phase.free
  var generation = 0
  /// Closed while its frame is in a step or somebody has the slot; the slot is freed after that.
  var isClosing = false
  /// Frames that may wait or be in a step.
  var maximumFrames = 1
  /// Of them, how many there are; those in a turn do not count.
  var frameCount = 0
  /// Frames gathered for a step that is not complete.
  var gathered = 0
  var entries: [Entry] = []
  /// The number of `entries[0]`.
  var firstNumber = 0

  /// Takes the slot for a new stream, which is held until it is released.
  mutating func open(maximumFrames: Int) {
    phase = .held
    generation += 1
    isClosing = false
    self.maximumFrames = max(1, maximumFrames)
    frameCount = 0
    gathered = 0
    firstNumber += entries.count
    entries.removeAll(keepingCapacity: true)
  }

  /// Puts a call at the end, or at the front if it comes from the one who has the turn.
  ///
  /// - Returns: the entry's number.
  mutating func append(
    _ call: Call, _ kind: Kind, isThread: Bool, arrival: Duration
  ) -> Int {
    let entry = Entry(call: call, kind: kind, isThread: isThread, arrival: arrival)
    if kind == .frameInTurn {
      entries.insert(entry, at: 0)
      firstNumber -= 1
      return firstNumber
    }
    if kind == .frame { frameCount += 1 }
    entries.append(entry)
    return firstNumber + entries.count - 1
  }

  /// Takes the first call out.
  mutating func removeFirst() -> Entry {
    let entry = entries.removeFirst()
    firstNumber += 1
    if entry.kind == .frame { frameCount -= 1 }
    return entry
  }

  /// Where the entry with a number stands; nil once it is out.
  func index(of number: Int) -> Int? {
    let index = number - firstNumber
    return entries.indices.contains(index) ? index : nil
  }

  /// Whether the entry's frame is being worked on.
  func isTaken(_ index: Int) -> Bool { index == 0 && phase == .taken }
}
