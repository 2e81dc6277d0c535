import Testing

@testable import Sluice

/// Calls that have a slot for themselves, and streams that close.
struct SchedulerTurnTests {
  @Test("a call that wants the slot has it at once if nothing waits, else after the calls before")
  func turns() {
    var script = SchedulerScript(slots: 1)
    let stream = script.streams(1)[0]
    #expect(script.scheduler.hold("r", stream, isThread: true) == .granted)
    _ = script.park("a", stream)
    #expect(script.take() == nil)
    script.scheduler.release(stream)
    #expect(script.told() == ["a needed"])
    #expect(script.take() == "worker 0: a")
    guard case .queued(let ticket) = script.scheduler.hold("s", stream, isThread: true) else {
      Issue.record("the slot is in a step")
      return
    }
    let waits = script.scheduler.park(ticket)
    #expect(waits)
    _ = script.park("b", stream)
    script.scheduler.finish(worker: 0)
    #expect(script.told() == ["s granted, wake"])
    #expect(script.take() == nil, "b waits for s")
    script.scheduler.release(stream)
    #expect(script.told() == ["b needed"])
  }

  @Test("frames in a turn come before all that wait, and the turn lasts")
  func framesInTurn() {
    var script = SchedulerScript(slots: 2)
    let streams = script.streams(2)
    #expect(script.scheduler.hold("run", streams[0], isThread: true) == .granted)
    _ = script.park("later", streams[0])
    for name in ["f0", "f1"] {
      _ = script.scheduler.pushInTurn(name, to: streams[0], isThread: true)
      _ = script.push("other", streams[1])
      #expect(script.take() == "worker 0: \(name) other", "it steps with other streams")
      script.scheduler.finish(worker: 0)
      #expect(script.told() == [])
    }
    script.scheduler.release(streams[0])
    #expect(script.told() == ["later needed"])
  }

  @Test("closing drops what waits and frees the slot at once, or when the step is over")
  func close() {
    var script = SchedulerScript(slots: 1)
    let first = script.streams(1)[0]
    _ = script.push("a", first)
    _ = script.take()
    _ = script.park("b", first)
    _ = script.push("c", first)
    script.scheduler.close(first)
    #expect(script.told() == ["b dropped, wake", "c dropped"])
    #expect(script.scheduler.openCount == 0)
    #expect(script.scheduler.open(maximumFrames: 1) == nil, "the slot is in a step")
    #expect(script.scheduler.push("d", to: first, isThread: true) == .closed)
    script.scheduler.finish(worker: 0)
    #expect(script.told() == [])
    let second = script.streams(1)[0]
    #expect(second.slot == first.slot && second != first)
    script.scheduler.close(first)
    #expect(script.scheduler.isOpen(second), "an old name does not close a new stream")
    script.scheduler.close(second)
    #expect(script.streams(1).count == 1)
  }

  @Test("closing takes a frame out of the streams that are ready")
  func closeReady() {
    var script = SchedulerScript(slots: 3)
    let streams = script.streams(3)
    _ = script.push("a", streams[0])
    _ = script.take()
    _ = script.park("b", streams[1])
    _ = script.park("c", streams[2])
    script.scheduler.close(streams[1])
    #expect(script.told() == ["b dropped, wake"])
    script.scheduler.finish(worker: 0)
    #expect(script.told() == ["c needed"])
    #expect(script.take() == "worker 0: c")
  }

  @Test("a stream that closes while somebody has its slot frees it at the end of the turn")
  func closeHeld() {
    var script = SchedulerScript(slots: 1)
    let stream = script.streams(1)[0]
    #expect(script.scheduler.hold("run", stream, isThread: true) == .granted)
    _ = script.scheduler.pushInTurn("f", to: stream, isThread: true)
    script.scheduler.close(stream)
    #expect(script.told() == ["f dropped"])
    #expect(script.scheduler.pushInTurn("g", to: stream, isThread: true) == .closed)
    #expect(script.scheduler.open(maximumFrames: 1) == nil)
    script.scheduler.release(stream)
    #expect(script.streams(1).count == 1)
    script.scheduler.release(stream)
    #expect(script.told() == [], "a turn that is over gives nothing back")
  }

  @Test("frames before the last of a step are gathered, by whoever comes, without a worker")
  func gathering() {
    var script = SchedulerScript(slots: 2, framesPerStep: 3)
    let streams = script.streams(2)
    for name in ["a0", "a1"] {
      _ = script.push(name, streams[0])
      #expect(script.take() == "gather \(name)")
      script.scheduler.finish(gathering: 0)
    }
    _ = script.push("a2", streams[0])
    #expect(script.take() == "worker 0: a2")
    _ = script.park("a3", streams[0])
    script.scheduler.finish(worker: 0)
    #expect(script.told() == ["a3 needed"])
    _ = script.push("b0", streams[1], isThread: true)
    #expect(script.take() == "gather a3")
    #expect(script.take() == "gather b0")
    script.scheduler.finish(gathering: 0)
    script.scheduler.finish(gathering: 1)
    #expect(script.told() == [], "a3 was woken before, b0 does not wait")
  }
}
