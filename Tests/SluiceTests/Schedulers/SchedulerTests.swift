import Testing

@testable import Sluice

/// Scripts of events and what the scheduler answers.
struct SchedulerTests {
  @Test("a frame that finds a worker free is stepped by its caller")
  func idle() {
    var script = SchedulerScript(slots: 2)
    let stream = script.streams(1)[0]
    _ = script.push("a0", stream)
    #expect(script.take() == "worker 0: a0")
    #expect(script.told() == [])
    script.scheduler.finish(worker: 0)
    #expect(script.told() == [], "its caller does not wait")
    #expect(script.take() == nil)
  }

  @Test("a frame that finds the engine idle has its slot and a worker at once; others wait")
  func alone() {
    var script = SchedulerScript(slots: 2, workers: 2)
    let streams = script.streams(2, maximumFrames: 2)
    #expect(script.beginAlone(streams[0]) == 0)
    #expect(script.beginAlone(streams[0]) == nil, "its frame is in a step")
    _ = script.park("a1", streams[0])
    #expect(script.scheduler.push("a2", to: streams[0], isThread: false) == .overloaded)
    #expect(script.beginAlone(streams[1]) == 1)
    #expect(script.told() == [])
    script.scheduler.finishAlone(streams[0], worker: 0)
    #expect(script.told() == ["a1 needed"])
    script.scheduler.close(streams[1])
    #expect(script.streams(1) == [], "the slot is in a step")
    script.scheduler.finishAlone(streams[1], worker: 1)
    #expect(script.told() == [])
    let next = script.streams(1)[0]
    #expect(script.beginAlone(next) == nil, "a1 came first")
  }

  @Test("frames that come while a step runs are the next step, which one of their callers leads")
  func gathers() {
    var script = SchedulerScript(slots: 4)
    let streams = script.streams(4)
    _ = script.push("a", streams[0])
    #expect(script.take() == "worker 0: a")
    let b = script.park("b", streams[1])
    _ = script.park("c", streams[2])
    _ = script.park("d", streams[3])
    #expect(script.told() == [])
    script.scheduler.finish(worker: 0)
    #expect(script.told() == ["b needed"], "one of them, and once")
    #expect(script.told() == [])
    script.scheduler.unpark(b)
    #expect(script.take() == "worker 0: b c d")
    script.scheduler.finish(worker: 0)
    #expect(script.told() == ["c finished", "d finished"])
  }

  @Test("frames of one stream are taken one after another, in their order")
  func order() {
    var script = SchedulerScript(slots: 2, workers: 2)
    let stream = script.streams(1)[0]
    _ = script.push("a0", stream)
    #expect(script.take() == "worker 0: a0")
    _ = script.park("a1", stream)
    _ = script.park("a2", stream)
    #expect(script.take() == nil, "the slot is in a step")
    script.scheduler.finish(worker: 0)
    #expect(script.told() == ["a1 needed"])
    #expect(script.take() == "worker 0: a1")
    #expect(script.take() == nil)
  }

  @Test("streams that are ready are shared out among free workers, as far as there are callers")
  func workers() {
    var script = SchedulerScript(slots: 6, workers: 2)
    let streams = script.streams(6)
    _ = script.push("x", streams[0])
    _ = script.push("y", streams[1])
    #expect(script.take() == "worker 0: x y", "nobody waits who could lead the other worker")
    script.scheduler.finish(worker: 0)
    _ = script.push("a", streams[0])
    #expect(script.take() == "worker 0: a")
    _ = script.push("b", streams[1])
    #expect(script.take() == "worker 1: b")
    for (name, stream) in zip(["c", "d", "e", "f"], streams[2...]) {
      _ = script.park(name, stream)
    }
    script.scheduler.finish(worker: 1)
    #expect(script.told() == ["c needed"], "one worker is free")
    #expect(script.take() == "worker 1: c d e f")
    script.scheduler.finish(worker: 0)
    script.scheduler.finish(worker: 1)
    #expect(script.told() == ["d finished", "e finished", "f finished"])
  }

  @Test("with two workers free, two callers are woken and each takes half")
  func halves() {
    var script = SchedulerScript(slots: 6, workers: 2)
    let streams = script.streams(6)
    _ = script.push("x", streams[0])
    _ = script.take()
    _ = script.push("y", streams[1])
    _ = script.take()
    let tickets = zip(["a", "b", "c", "d"], streams[2...]).map { script.park($0, $1) }
    script.scheduler.finish(worker: 0)
    script.scheduler.finish(worker: 1)
    #expect(script.told() == ["a needed", "b needed"])
    script.scheduler.unpark(tickets[0])
    #expect(script.take() == "worker 1: a c")
    #expect(script.told() == [], "b is on its way")
    script.scheduler.unpark(tickets[1])
    #expect(script.take() == "worker 0: b d")
  }

  @Test("a thread that blocks is woken rather than a task")
  func threadsFirst() {
    var script = SchedulerScript(slots: 3)
    let streams = script.streams(3)
    _ = script.push("a", streams[0])
    _ = script.take()
    _ = script.park("task", streams[1])
    _ = script.park("thread", streams[2], isThread: true)
    script.scheduler.finish(worker: 0)
    #expect(script.told() == ["thread needed"])
  }

  @Test("a thread is woken although a task was: the task may find no thread to run on")
  func taskIsLate() {
    var script = SchedulerScript(slots: 3)
    let streams = script.streams(3)
    _ = script.push("a", streams[0])
    _ = script.take()
    _ = script.park("task", streams[1])
    script.scheduler.finish(worker: 0)
    #expect(script.told() == ["task needed"])
    _ = script.push("b", streams[0], isThread: true)
    #expect(script.take() == "worker 0: task b", "who comes meanwhile takes the work")
    _ = script.park("c", streams[2], isThread: true)
    _ = script.park("c1", streams[2])
    script.scheduler.finish(worker: 0)
    #expect(script.told() == ["c needed"], "the task that was called has its frame stepped")
  }

  @Test("a stream at its bound refuses a frame and goes on")
  func overloaded() {
    var script = SchedulerScript(slots: 1)
    let stream = script.streams(1, maximumFrames: 2)[0]
    _ = script.push("a", stream)
    _ = script.take()
    _ = script.park("b", stream)
    #expect(script.scheduler.push("c", to: stream, isThread: false) == .overloaded)
    #expect(script.told() == [])
    script.scheduler.finish(worker: 0)
    #expect(script.told() == ["b needed"])
    _ = script.push("d", stream)
  }

  @Test("a frame that failed is finished and its stream goes on")
  func failed() {
    var script = SchedulerScript(slots: 2, framesPerStep: 2)
    let streams = script.streams(2)
    for (name, stream) in zip(["a", "b"], streams) {
      _ = script.push(name + "0", stream)
      #expect(script.take() == "gather \(name)0")
      script.scheduler.finish(gathering: stream.slot)
      _ = script.push(name + "1", stream)
    }
    #expect(script.take() == "worker 0: a1 b1")
    script.scheduler.finish(worker: 0, failed: [streams[1].slot])
    _ = script.push("a2", streams[0])
    #expect(script.take() == "gather a2", "a began its next step")
    script.scheduler.finish(gathering: streams[0].slot)
    _ = script.push("b1 again", streams[1])
    #expect(script.take() == "worker 0: b1 again", "b stays where it was")
    #expect(script.told() == [])
  }
}
