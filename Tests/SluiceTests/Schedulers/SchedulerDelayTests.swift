import Testing

@testable import Sluice

/// `maximumDelay`: time is an argument.
struct SchedulerDelayTests {
  @Test("a step waits until every open stream has a frame")
  func everyStream() {
    var script = SchedulerScript(slots: 4, maximumDelay: .milliseconds(5))
    let streams = script.streams(3)
    _ = script.park("a", streams[0], at: .milliseconds(10))
    _ = script.park("b", streams[1], at: .milliseconds(12))
    #expect(script.take(at: .milliseconds(14)) == nil)
    #expect(script.scheduler.deadline == .milliseconds(15))
    _ = script.push("c", streams[2], at: .milliseconds(14))
    #expect(script.take(at: .milliseconds(14)) == "worker 0: a b c")
    #expect(script.scheduler.deadline == nil)
  }

  @Test("or until the oldest frame has waited so long")
  func deadline() {
    var script = SchedulerScript(slots: 2, maximumDelay: .milliseconds(5))
    let streams = script.streams(2)
    _ = script.park("a", streams[0], at: .milliseconds(10))
    #expect(script.told(at: .milliseconds(14)) == [])
    #expect(script.told(at: .milliseconds(15)) == ["a needed"])
    #expect(script.take(at: .milliseconds(15)) == "worker 0: a")
  }

  @Test("streams in a step, held or closed are not waited for")
  func notWaitedFor() {
    var script = SchedulerScript(slots: 4, workers: 2, maximumDelay: .seconds(1))
    let streams = script.streams(4)
    for (name, stream) in zip("abcd", streams) { _ = script.push("\(name)", stream) }
    #expect(script.take() == "worker 0: a b c d")
    script.scheduler.finish(worker: 0)
    _ = script.park("a1", streams[0])
    #expect(script.scheduler.hold("h", streams[1], isThread: true) == .granted)
    #expect(script.told() == [])
    _ = script.park("c1", streams[2])
    #expect(script.told() == [])
    script.scheduler.close(streams[3])
    #expect(script.told() == ["a1 needed", "c1 needed"])
  }

  @Test("frames that come after a step was released wait for the next")
  func released() {
    var script = SchedulerScript(slots: 4, workers: 2, maximumDelay: .milliseconds(5))
    let streams = script.streams(4)
    _ = script.park("a", streams[0], at: .zero)
    _ = script.park("b", streams[1], at: .milliseconds(4))
    #expect(script.told(at: .milliseconds(5)) == ["a needed", "b needed"])
    _ = script.push("c", streams[2], at: .milliseconds(5))
    #expect(script.take(at: .milliseconds(5)) == "worker 0: a")
    #expect(script.take(at: .milliseconds(5)) == "worker 1: b")
    script.scheduler.finish(worker: 0)
    #expect(script.take(at: .milliseconds(6)) == nil)
    #expect(script.scheduler.deadline == .milliseconds(10))
  }
}
