/// Reads the snapshot's format from bytes that may be damaged or hostile: nothing is allocated before
/// the bytes it needs are known to be there.
struct SnapshotReader {
  private let bytes: [UInt8]
  private var position: Int
  /// Where the checksum begins.
  private let end: Int

  /// Checks magic, version, length and checksum.
  init(_ bytes: [UInt8]) throws(SessionError) {
    let smallest = SnapshotWriter.headByteCount + SnapshotWriter.checksumByteCount
    guard bytes.count >= smallest else {
      throw SnapshotReader.malformed("it has \(bytes.count) bytes, fewer than \(smallest)")
    }
    guard Array(bytes.prefix(8)) == SnapshotWriter.magic else {
      throw SnapshotReader.malformed("it does not begin like one")
    }
    self.bytes = bytes
    end = bytes.count - SnapshotWriter.checksumByteCount
    var hash = SHA256()
    hash.update(Array(bytes[..<end]))
    guard hash.finalize() == Array(bytes[end...]) else {
      throw SnapshotReader.malformed("its checksum does not fit: it is damaged or cut short")
    }
    position = 8
    let version = try number(UInt32.self, "version")
    guard version == UInt32(Snapshot.formatVersion) else {
      throw SnapshotReader.malformed(
        "its format version is \(version); this Sluice reads \(Snapshot.formatVersion)")
    }
    let count = try number(UInt64.self, "byte count")
    guard count == UInt64(bytes.count) else {
      throw SnapshotReader.malformed("it says \(count) bytes and has \(bytes.count)")
    }
  }

  static func malformed(_ what: String) -> SessionError {
    SessionError(.snapshotMalformed, "no snapshot that can be read: \(what)")
  }

  mutating func take(_ count: Int, _ what: String) throws(SessionError) -> [UInt8] {
    guard count >= 0, count <= end - position else {
      throw SnapshotReader.malformed(
        "\(what) takes \(count) bytes where \(end - position) are left")
    }
    defer { position += count }
    return Array(bytes[position..<(position + count)])
  }

  private mutating func number<Number: FixedWidthInteger>(
    _ type: Number.Type, _ what: String
  ) throws(SessionError) -> Number {
    try take(MemoryLayout<Number>.size, what).reversed().reduce(0) { $0 << 8 | Number($1) }
  }

  mutating func smallCount(_ what: String) throws(SessionError) -> Int {
    Int(try number(UInt32.self, what))
  }

  mutating func count(_ what: String) throws(SessionError) -> Int {
    let found = try number(UInt64.self, what)
    guard let count = Int(exactly: found) else {
      throw SnapshotReader.malformed("\(what) is \(found)")
    }
    return count
  }

  mutating func text(_ what: String) throws(SessionError) -> String {
    let bytes = try take(try smallCount(what), what)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw SnapshotReader.malformed("\(what) is no UTF-8")
    }
    return text
  }

  mutating func tensors(_ what: String) throws(SessionError) -> NamedTensors {
    var names = Set<String>()
    var entries: [(name: String, tensor: Tensor)] = []
    for _ in 0..<(try smallCount("\(what) count")) {
      let name = try text("\(what) name")
      guard names.insert(name).inserted else {
        throw SnapshotReader.malformed("\(what) '\(name)' is there twice")
      }
      entries.append((name, try tensor("\(what) '\(name)'")))
    }
    return NamedTensors(distinct: entries)
  }

  private mutating func tensor(_ what: String) throws(SessionError) -> Tensor {
    let typeName = try text("type of \(what)")
    guard let type = ElementType(rawValue: typeName) else {
      throw SnapshotReader.malformed("\(what) holds '\(typeName)'")
    }
    var shape: [Int] = []
    for _ in 0..<(try smallCount("rank of \(what)")) {
      shape.append(try count("a size of \(what)"))
    }
    guard let count = Tensor.elementCount(of: shape) else {
      throw SnapshotReader.malformed("\(what) has the shape \(shape)")
    }
    let (byteCount, overflow) = count.multipliedReportingOverflow(by: type.byteCount)
    guard !overflow else { throw SnapshotReader.malformed("\(what) has the shape \(shape)") }
    let bytes = try take(byteCount, what)
    guard let tensor = Tensor(elementType: type, shape: shape, bytes: bytes) else {
      throw SnapshotReader.malformed("\(what) has the shape \(shape)")
    }
    return tensor
  }

  func finish() throws(SessionError) {
    guard position == end else {
      throw SnapshotReader.malformed("\(end - position) bytes follow its end")
    }
  }
}
