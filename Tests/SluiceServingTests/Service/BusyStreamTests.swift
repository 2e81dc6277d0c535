import Foundation
import Sluice
import SluiceServing
import Synchronization
import Testing

/// A stream whose queue is never empty.
struct BusyStreamTests {
  /// Two frames are under way at any time, until it ends, or until so many were answered.
  private final class Client: Sendable {
    private let test: TestService
    private let stream: String
    private let limit: Int
    private let ended = Mutex(false)
    let count = Atomic(0)

    init(_ test: TestService, _ stream: String = "a", limit: Int = .max) {
      (self.test, self.stream, self.limit) = (test, stream, limit)
    }

    var isDone: Bool { count.load(ordering: .relaxed) >= limit }

    func begin() { for _ in 0..<2 { next() } }

    func end() { ended.withLock { $0 = true } }

    private func next() {
      guard !ended.withLock({ $0 }), !isDone, let frame = try? test.request(stream, 1) else {
        return
      }
      test.service.submit(frame) { [self] _ in
        count.add(1, ordering: .relaxed)
        next()
      }
    }
  }

  /// Says when a state comes.
  private final class TellingStore: StateStore {
    private let kept = MemoryStateStore()
    let onPut = Mutex<(@Sendable () -> Void)?>(nil)
    var survivesRestart: Bool { kept.survivesRestart }

    func put(_ stream: StoredStream) async throws(ServingError) {
      onPut.withLock { $0 }?()
      try await kept.put(stream)
    }

    func stream(_ address: StreamAddress) async throws(ServingError) -> StoredStream? {
      try await kept.stream(address)
    }

    func remove(_ address: StreamAddress) async throws(ServingError) {
      try await kept.remove(address)
    }

    func streams() async throws(ServingError) -> [(address: StreamAddress, version: Int)] {
      try await kept.streams()
    }
  }

  @Test("holds up no sweep", .timeLimit(.minutes(10)))
  func sweep() async throws {
    let store = TellingStore()
    let test = try TestService(store: store) { $0.idleTimeout = .seconds(1) }
    _ = try await test.sum("a", 1, starts: true)
    let client = Client(test)
    store.onPut.withLock { $0 = { client.begin() } }
    test.clock.advance(by: .seconds(1))
    await test.service.sweep()
    // It goes on meanwhile.
    let count = client.count.load(ordering: .relaxed)
    while client.count.load(ordering: .relaxed) < count + 100 { await Task.yield() }
    client.end()
    #expect(try test.report.slotsTaken == 1)
  }

  @Test("leaves its thread to others")
  func threads() async throws {
    let count = ProcessInfo.processInfo.activeProcessorCount
    let test = try TestService(streams: count)
    var clients: [Client] = []
    for number in 0..<count {
      _ = try await test.sum("\(number)", 1, starts: true)
      clients.append(Client(test, "\(number)", limit: 10_000))
    }
    for client in clients { client.begin() }
    // One for each thread that tasks share.
    await Task.yield()
    #expect(!clients.contains { $0.isDone })
    for client in clients { client.end() }
  }
}
