import Glibc
import Sluice

/// Plays clips at the speed they were taken, and keeps the time of every step.
struct Player {
  private let engine: Engine
  /// What the network's outputs stand for, in their order.
  private let labels: [String]
  private var steps: [Duration] = []
  private var screen = Screen()

  /// The clips have 25 frames a second.
  private static let frameTime = Duration.milliseconds(40)

  /// - Parameter labels: a text file with one line per class.
  init(model path: String, labels: String) throws {
    let model = try Model(path: path)
    engine = try Engine(model, EngineOptions(maximumStreams: 1))
    let text = String(decoding: try FileContent.read(path: labels).bytes, as: UTF8.self)
    self.labels = text.split(separator: "\n").map(String.init)
    screen.print([
      "network: \(path)",
      "backend: \(engine.backendChoice)",
    ])
  }

  /// Plays the `frames` of one `.npz` file, `[1, time, 1, rows, columns]`, as a stream of its own.
  mutating func play(_ path: String) throws {
    let clip = try Clip(path: path)
    let session = try engine.openSession()
    defer { session.close() }
    screen.print(["", "clip: \(clip.name)"])
    for index in clip.frames.indices {
      let start = ContinuousClock.now
      let outputs = try session.step(clip.frames[index])
      steps.append(ContinuousClock.now - start)
      guard let probabilities = outputs["probabilities"] else { continue }
      show(clip, index, Bars(labels: labels, probabilities: probabilities.floats()))
      if screen.isTerminal { wait(until: start + Player.frameTime) }
    }
  }

  private mutating func show(_ clip: Clip, _ index: Int, _ bars: Bars) {
    let picture = Picture(pixels: clip.frames[index].floats(), width: clip.width)
    guard screen.isTerminal else {
      screen.print(["frame \(padded(index + 1, 3)): \(bars.best)"])
      if index == clip.frames.indices.last { screen.print(beside(picture.letters, bars.lines)) }
      return
    }
    screen.draw(
      ["frame \(padded(index + 1, 3)) of \(clip.frames.count)"]
        + beside(picture.halfBlocks, bars.lines))
  }

  /// The picture's lines with the bars to their right, centred.
  private func beside(_ picture: [String], _ bars: [String]) -> [String] {
    let top = max((picture.count - bars.count) / 2, 0)
    return picture.enumerated().map { row, line in
      bars.indices.contains(row - top) ? line + "   " + bars[row - top] : line
    }
  }

  /// Prints the median and the 99th percentile of all steps so far.
  mutating func printLatency() {
    let sorted = steps.sorted()
    guard !sorted.isEmpty else { return }
    func quantile(_ percent: Int) -> String {
      let rank = (sorted.count * percent + 99) / 100
      return microseconds(sorted[max(rank, 1) - 1])
    }
    screen.print([
      "",
      "\(sorted.count) steps: p50 \(quantile(50)), p99 \(quantile(99)) a frame",
      "backend: \(engine.backendChoice)",
    ])
  }

  private func wait(until time: ContinuousClock.Instant) {
    let left = time - ContinuousClock.now
    guard left > .zero else { return }
    usleep(UInt32(left / .microseconds(1)))
  }
}

/// `  7` for 7 in 3 columns.
private func padded(_ number: Int, _ width: Int) -> String {
  let text = "\(number)"
  return String(repeating: " ", count: max(width - text.count, 0)) + text
}

private func microseconds(_ duration: Duration) -> String {
  "\(Int((duration / .microseconds(1)).rounded())) µs"
}
