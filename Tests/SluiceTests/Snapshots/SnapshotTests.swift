import FoundationEssentials
import Sluice
import Testing

@testable import Sluice

struct SnapshotTests {
  @Test(
    "a snapshot taken after any frame continues bit for bit in another engine", arguments: 0...7)
  func continues(taken: Int) throws {
    let first = try TinyNetwork.pairSums.engine().openSession()
    for i in 0..<taken { try first.step(frame(i)) }
    let bytes = try first.snapshot().bytes
    let second = try TinyNetwork.pairSums.engine().openSession()
    try second.step(frame(99))
    let report = try second.restore(Snapshot(bytes: bytes))
    #expect(report.isBitIdentical)
    #expect(
      report.note == "Continues bit for bit: made and continued by reference 1 at fp32.")
    #expect(try second.snapshot() == first.snapshot())
    for i in taken..<10 {
      #expect(try first.step(frame(i)) == second.step(frame(i)))
      #expect(try first.warmUpLeft == second.warmUpLeft)
    }
  }

  @Test("a snapshot says what it holds")
  func contents() throws {
    let session = try TinyNetwork.pairSums.engine().openSession()
    for i in 0..<3 { try session.step(frame(i)) }
    let snapshot = try session.snapshot()
    #expect(snapshot.digest == session.engine.model.digest)
    #expect(snapshot.precision == .fp32)
    #expect(snapshot.numericsTag == "reference 1")
    #expect(snapshot.steps == 1)
    #expect(snapshot.framesConsumed == 2)
    #expect(snapshot.framesPending == 1)
    #expect(snapshot.warmUpLeft == 0)
    #expect(snapshot.states == ["total.past": Tensor([Float(3), 10], shape: [1, 2])])
    #expect(
      snapshot.pendingFrames == ["x": Tensor([Float(3), 20, 0, 0], shape: [1, 2, 2])])
  }

  @Test("the worked example of the format has its 179 bytes")
  func workedExample() throws {
    let snapshot = Snapshot(
      digest: ModelDigest(bytes: Array(repeating: 7, count: 32)), precision: .fp32,
      numericsTag: "cpu", steps: 3, framesConsumed: 3, warmUpLeft: 0,
      states: ["h": Tensor([Float(1), 2], shape: [1, 2])], framesPending: 0, pendingFrames: [:])
    let bytes = snapshot.bytes
    #expect(bytes.count == 179)
    #expect(
      Array(bytes[..<20]) == Array("SLUICE\0S".utf8) + [1, 0, 0, 0, 179, 0, 0, 0, 0, 0, 0, 0])
    #expect(try Snapshot(bytes: bytes) == snapshot)
  }

  @Test("a snapshot goes through a file, which appears whole")
  func files() throws {
    let folder = FileManager.default.temporaryDirectory.path + "/sluice-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let session = try TinyNetwork.pairSums.engine().openSession()
    for i in 0..<3 { try session.step(frame(i)) }
    let snapshot = try session.snapshot()
    try Snapshot(
      digest: snapshot.digest, precision: .fp32, numericsTag: "older", steps: 0,
      framesConsumed: 0, warmUpLeft: 0, states: [:], framesPending: 0, pendingFrames: [:]
    ).write(to: folder + "/stream.snapshot")
    try snapshot.write(to: folder + "/stream.snapshot")
    #expect(try Snapshot(contentsOf: folder + "/stream.snapshot") == snapshot)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["stream.snapshot"])
    let count = snapshot.bytes.count
    expectError(
      "limit",
      "\(folder)/stream.snapshot: \(count) bytes; a file of this kind may have \(count - 1)"
    ) { try Snapshot(contentsOf: folder + "/stream.snapshot", byteLimit: count - 1) }
    #expect(throws: SluiceError.self) { try Snapshot(contentsOf: folder + "/absent") }
    #expect(throws: SluiceError.self) { try snapshot.write(to: folder + "/absent/stream") }
  }

  @Test("every cut and every flipped bit is found")
  func damage() throws {
    let session = try TinyNetwork.pairSums.engine().openSession()
    for i in 0..<3 { try session.step(frame(i)) }
    let bytes = try session.snapshot().bytes
    for length in 0..<bytes.count {
      #expect(throws: SessionError.self) { try Snapshot(bytes: Array(bytes[..<length])) }
    }
    #expect(throws: SessionError.self) { try Snapshot(bytes: bytes + [0]) }
    for bit in 0..<(bytes.count * 8) {
      var damaged = bytes
      damaged[bit / 8] ^= 1 << (bit % 8)
      #expect(throws: SessionError.self) { try Snapshot(bytes: damaged) }
    }
  }

  @Test("another network's snapshot is refused, naming both digests")
  func otherNetwork() throws {
    let snapshot = try TinyNetwork.runningSum.engine().openSession().snapshot()
    let session = try TinyNetwork.pairSums.engine().openSession()
    expectError(
      "snapshotMismatch",
      "the snapshot is of network \(snapshot.digest); "
        + "this engine runs \(session.engine.model.digest)"
    ) { try session.restore(snapshot) }
  }

  @Test("another binding is another network")
  func otherBinding() throws {
    let network = TinyNetwork.runningSum
    let bound = network.model(options: NetworkOptions(dimensions: ["rate": 8000]))
    let snapshot = try network.engine(model: bound).openSession().snapshot()
    let session = try network.engine().openSession()
    let error = #expect(throws: SessionError.self) { try session.restore(snapshot) }
    #expect(error?.code == .snapshotMismatch)
  }

  @Test("another numerics tag continues and says so")
  func otherTag() throws {
    let session = try TinyNetwork.runningSum.engine(backend: DisguisedBackend()).openSession()
    try session.step(frame(0))
    let other = try TinyNetwork.runningSum.engine().openSession()
    let report = try other.restore(session.snapshot())
    #expect(!report.isBitIdentical)
    #expect(
      report.note
        == "Continues within the bound of fp32, not bit for bit: made by disguised 1 at fp32, "
        + "continued by reference 1 at fp32.")
    #expect(try other.step(frame(1))["y"] == session.step(frame(1))["y"])
  }

  @Test("parts that contradict each other are refused and the stream stays")
  func contradictions() throws {
    let session = try TinyNetwork.pairSums.engine().openSession()
    for i in 0..<3 { try session.step(frame(i)) }
    let good = try session.snapshot()
    let bad = [
      changed(good, states: [:]), changed(good, states: ["other": good.states[0].tensor]),
      changed(good, states: ["total.past": Tensor([Float(1)])]),
      changed(good, states: ["total.past": Tensor([Int32(1), 2], shape: [1, 2])]),
      changed(good, steps: Int.max), changed(good, steps: 2), changed(good, framesPending: 2),
      changed(good, pendingFrames: [:]), changed(good, pendingFrames: ["x": Tensor([Float(1)])]),
    ]
    for snapshot in bad {
      #expect(throws: SessionError.self) { try session.restore(Snapshot(bytes: snapshot.bytes)) }
      #expect(try session.snapshot() == good)
    }
  }

  private func changed(
    _ snapshot: Snapshot, steps: Int? = nil, states: NamedTensors? = nil,
    framesPending: Int? = nil, pendingFrames: NamedTensors? = nil
  ) -> Snapshot {
    Snapshot(
      digest: snapshot.digest, precision: snapshot.precision, numericsTag: snapshot.numericsTag,
      steps: steps ?? snapshot.steps, framesConsumed: snapshot.framesConsumed,
      warmUpLeft: snapshot.warmUpLeft, states: states ?? snapshot.states,
      framesPending: framesPending ?? snapshot.framesPending,
      pendingFrames: pendingFrames ?? snapshot.pendingFrames)
  }
}
