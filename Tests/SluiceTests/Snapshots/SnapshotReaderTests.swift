import Testing

@testable import Sluice

/// Files whose checksum fits, written by somebody who means harm: the content is bounded by what is
/// there.
struct SnapshotReaderTests {
  @Test("an unknown version, precision, type or trailing bytes are refused by name")
  func texts() {
    expectError(
      "snapshotMalformed", "no snapshot that can be read: it has 3 bytes, fewer than 52"
    ) { try Snapshot(bytes: [1, 2, 3]) }
    expectError(
      "snapshotMalformed", "no snapshot that can be read: it does not begin like one"
    ) { try Snapshot(bytes: Array(repeating: 0, count: 99)) }
    expectError(
      "snapshotMalformed", "no snapshot that can be read: the precision is 'fp99'"
    ) { try Snapshot(bytes: file(precision: "fp99")) }
    expectError(
      "snapshotMalformed", "no snapshot that can be read: 4 bytes follow its end"
    ) { try Snapshot(bytes: file { $0.write(UInt32(0)) }) }
    expectError(
      "snapshotMalformed", "no snapshot that can be read: steps is 18446744073709551615"
    ) { try Snapshot(bytes: file(steps: .max)) }
  }

  @Test("a version of the future is refused with what can be read")
  func version() {
    var bytes = file()
    bytes[8] = 2
    bytes.removeLast(32)
    var hash = SHA256()
    hash.update(bytes)
    bytes += hash.finalize()
    expectError(
      "snapshotMalformed",
      "no snapshot that can be read: its format version is 2; this Sluice reads 1"
    ) { try Snapshot(bytes: bytes) }
  }

  @Test(
    "sizes beyond what is there allocate nothing",
    arguments: [
      [UInt64.max], [1 << 40], [1 << 40, 1 << 40], [UInt64(Int.max), 2], [0, 1 << 62],
      [1 << 62, 4],
    ])
  func sizes(_ shape: [UInt64]) {
    let bytes = file(stateCount: 1) { writer in
      writer.write("h")
      writer.write("float32")
      writer.write(UInt32(shape.count))
      for size in shape { writer.write(size) }
    }
    #expect(throws: SessionError.self) { try Snapshot(bytes: bytes) }
  }

  @Test("counts beyond what is there end where the bytes end")
  func counts() {
    #expect(throws: SessionError.self) { try Snapshot(bytes: file(stateCount: .max)) }
    let deep = file(stateCount: 1) { writer in
      writer.write("h")
      writer.write("bool")
      writer.write(UInt32.max)
    }
    #expect(throws: SessionError.self) { try Snapshot(bytes: deep) }
    let twice = file(stateCount: 2) { writer in
      for _ in 0..<2 {
        writer.write("h")
        writer.write("int8")
        writer.write(UInt32(0))
        writer.append([1])
      }
    }
    expectError(
      "snapshotMalformed", "no snapshot that can be read: state 'h' is there twice"
    ) { try Snapshot(bytes: twice) }
  }

  /// A file with a right checksum; `rest` follows the count of states.
  private func file(
    precision: String = "fp32", steps: UInt64 = 0, stateCount: UInt32 = 0,
    rest: (inout SnapshotWriter) -> Void = { _ in }
  ) -> [UInt8] {
    var writer = SnapshotWriter()
    writer.append(Array(repeating: 0, count: 32))
    writer.write(precision)
    writer.write("tag")
    for count in [steps, 0, 0] { writer.write(count) }
    writer.write(stateCount)
    if stateCount == 0 {
      writer.write(UInt32(0))
      writer.write(UInt32(0))
    }
    rest(&writer)
    return writer.finished()
  }
}
