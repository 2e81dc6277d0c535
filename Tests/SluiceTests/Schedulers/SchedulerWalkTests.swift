import SluiceTestSupport
import Testing

@testable import Sluice

/// Properties over random scripts of events.
struct SchedulerWalkTests {
  struct Setting: CustomTestStringConvertible {
    let slots: Int
    let workers: Int
    let framesPerStep: Int
    let seed: UInt64
    var testDescription: String {
      "\(slots) slots, \(workers) workers, \(framesPerStep) frames a step, seed \(seed)"
    }
  }

  static let settings = [1, 2, 5].flatMap { slots in
    [1, 2, 3].flatMap { workers in
      [1, 3].flatMap { framesPerStep in
        (0..<6).map {
          Setting(slots: slots, workers: workers, framesPerStep: framesPerStep, seed: $0)
        }
      }
    }
  }

  @Test(
    "no frame is lost or taken twice, each stream's are in order, and no worker idles while work waits",
    arguments: settings)
  func walk(setting: Setting) {
    var walk = Self.walk(setting)
    while let index = walk.callers.indices.first(where: { walk.canMove($0) }) { walk.move(index) }
    Self.check(walk)
    #expect(walk.callers.allSatisfy { $0.doing == .gone }, "somebody waits for ever")
    #expect(walk.callers.filter { $0.isComplete && !$0.isTurn && !$0.isRefused }.count > 20)
  }

  @Test(
    "threads come through while no task that is woken finds a thread to run on",
    arguments: settings)
  func blockedPool(setting: Setting) {
    var walk = Self.walk(setting)
    func next() -> Int? {
      walk.callers.indices.first {
        walk.canMove($0) && (walk.callers[$0].isThread || walk.callers[$0].doing != .called)
      }
    }
    while let index = next() { walk.move(index) }
    Self.check(walk)
    let waiting = walk.callers.filter { $0.isThread && $0.doing != .gone }
    #expect(waiting.isEmpty, "threads wait for tasks")
  }

  private static func walk(_ setting: Setting) -> SchedulerWalk {
    var walk = SchedulerWalk(
      Scheduler(
        slots: setting.slots, workers: setting.workers, framesPerStep: setting.framesPerStep),
      generator: SeededGenerator(seed: setting.seed))
    for _ in 0..<1500 where walk.broken.isEmpty { walk.advance() }
    return walk
  }

  private static func check(_ walk: SchedulerWalk) {
    #expect(walk.broken.isEmpty)
    for (stream, calls) in walk.taken {
      #expect(calls == calls.sorted(), "frames of \(stream) are out of order")
    }
    for (index, caller) in walk.callers.enumerated() where caller.doing == .gone {
      guard caller.ticket != nil else { continue }
      #expect(caller.isComplete, "call \(index) went without an answer")
    }
  }
}
