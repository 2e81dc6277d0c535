import Sluice
import SluiceServing
import SluiceTestSupport
import Synchronization
import Testing

struct DurabilityTests {
  /// Takes up what a service left, as another one after the end of its process would.
  private func restarted(_ store: MemoryStateStore) async throws -> TestService {
    let next = try TestService(store: store)
    _ = try await next.service.takeUpStoredStreams()
    return next
  }

  @Test("with every frame stored, a stream goes on after the process ended at any answer")
  func everyFrame() async throws {
    let store = MemoryStateStore(survivesRestart: true)
    var test = try TestService(store: store) { $0.durability = .everyFrame }
    var sum: Float = 0
    for number in 0..<20 {
      if number % 3 == 2 {
        test = try TestService(store: store) { $0.durability = .everyFrame }
        #expect(try await test.service.takeUpStoredStreams() == 1)
      }
      sum += Float(number)
      let answer = try await test.send("a", Float(number), starts: number == 0)
      #expect(answer.outputs["y"]?.floats()[0] == sum)
      #expect(answer.framesTaken == number + 1)
      #expect(answer.wasHibernated == (number % 3 == 2))
    }
    _ = try await test.send("a", ends: true)
    #expect(store.byteCount == 0)
    #expect(try await restarted(store).service.report.models[0].streamsStored == 0)
  }

  @Test("with an interval, a stream goes on from the last state that was stored, and says which")
  func interval() async throws {
    let store = MemoryStateStore(survivesRestart: true)
    let test = try TestService(store: store) { $0.durability = .interval(.milliseconds(100)) }
    for number in 0..<10 {
      _ = try await test.sum("a", 1, starts: number == 0)
      test.clock.advance(by: .milliseconds(30))
    }
    // Stored with the frames at 120 and 240 ms; the tenth came at 270.
    let answer = try await restarted(store).send("a", 1)
    #expect(answer.framesTaken == 10)
    test.clock.advance(by: .milliseconds(100))
    await test.service.sweep()
    #expect(try await restarted(store).send("a", 1).framesTaken == 11)
    #expect(try await test.sum("a", 1) == 11)
  }

  @Test("a stream that was started again does not come back as it was before")
  func restart() async throws {
    let store = MemoryStateStore(survivesRestart: true)
    let test = try TestService(store: store) { $0.idleTimeout = .seconds(1) }
    _ = try await test.sum("a", 1, starts: true)
    test.clock.advance(by: .seconds(1))
    await test.service.sweep()
    _ = try await test.sum("a", 1, starts: true)
    #expect(try await restarted(store).refusal("a", 1).code == .unknownStream)
  }

  @Test("a store that fails is said of the frame, which was taken")
  func failing() async throws {
    let store = MemoryStateStore(byteLimit: 1, survivesRestart: true)
    let test = try TestService(store: store) { $0.durability = .everyFrame }
    let error = try await test.refusal("a", 1, starts: true)
    #expect(error.code == .storeFailed)
    #expect(
      error.message.hasPrefix("frame 1 of stream a was taken, and its state could not be stored: "))
  }

  @Test("streams whose version is gone stay in the store; the others are taken up")
  func leftBehind() async throws {
    let store = MemoryStateStore(survivesRestart: true)
    let test = try TestService(store: store) { $0.durability = .everyFrame }
    try test.service.add(.runningSum(scale: 2), name: "gone")
    _ = try await test.sum("a", 1, starts: true)
    var request = try test.request("b", 1, starts: true)
    request.model = "gone"
    _ = try await test.service.answer(to: request)
    let next = try TestService(store: store)
    #expect(try await next.service.takeUpStoredStreams() == 1)
    guard case .streamLeftBehind(let model, let stream, _) = next.events.all.last else {
      Issue.record("nothing was said")
      return
    }
    #expect((model, stream.text) == ("gone", "b"))
    #expect(try await next.sum("a", 1) == 2)
  }

  @Test("a state of another network under the same version is refused, and stays in the store")
  func otherNetwork() async throws {
    let store = MemoryStateStore(survivesRestart: true)
    let test = try TestService(store: store) { $0.durability = .everyFrame }
    _ = try await test.sum("a", 1, starts: true)
    let next = try TestService(store: store, scale: 3)
    _ = try await next.service.takeUpStoredStreams()
    for _ in 0..<2 {
      #expect(try await next.refusal("a", 1).code == .snapshotRefused)
      #expect(try next.report.slotsTaken == 0)
    }
    #expect(try await restarted(store).sum("a", 1) == 2)
  }
}
