/// The format, little-endian throughout:
///
///     ┌────────────┬─────────┬────────────┬───────────────────────────────┐
///     │ "SLUICE\0S"│ version │ byte count │ digest of graph and bindings  │
///     │ 8 bytes    │ u32     │ u64, all   │ 32 bytes                      │
///     ├────────────┴─────────┴──┬─────────┴──┬───────┬─────────┬──────────┤
///     │ precision text │ tag text│ steps u64  │ frames consumed │ warm-up  │
///     │                │         │            │ u64             │ left u64 │
///     ├────────────────┴─────────┴─┬──────────┴─────────────────┴──────────┤
///     │ state count u32, tensors   │ frames pending u32, count u32, tensors│
///     ├────────────────────────────┴───────────────────────────────────────┤
///     │ SHA-256 of everything before, 32 bytes                             │
///     └────────────────────────────────────────────────────────────────────┘
///
///     text    u32 byte count, UTF-8
///     tensor  name text, element type text, rank u32, sizes u64 …, values in row-major order;
///             a state's past values oldest first; a bool is one byte, 0 or 1
///
/// Worked example, a stream of one state `h` float32[1, 2] after 3 frames with tag `cpu`:
/// 8 + 4 + 8 + 32, `fp32` 8, `cpu` 7, 24, count 4, `h` 5, `float32` 11, rank 4, sizes 16, values 8,
/// pending 8, checksum 32: 179 bytes.
extension Snapshot {
  /// The snapshot in its format.
  public var bytes: [UInt8] {
    var writer = SnapshotWriter()
    writer.append(digest.bytes)
    writer.write(precision.rawValue)
    writer.write(numericsTag)
    for count in [steps, framesConsumed, warmUpLeft] { writer.write(UInt64(max(0, count))) }
    writer.write(states)
    writer.write(UInt32(clamping: framesPending))
    writer.write(pendingFrames)
    return writer.finished()
  }

  /// Reads a snapshot; the checksum is looked at before anything else.
  ///
  /// - Throws: `SessionError.snapshotMalformed`, saying what was expected and what was found.
  public init(bytes: [UInt8]) throws(SessionError) {
    var reader = try SnapshotReader(bytes)
    digest = ModelDigest(bytes: try reader.take(ModelDigest.byteCount, "digest"))
    let precisionName = try reader.text("precision")
    guard let precision = Precision(rawValue: precisionName) else {
      throw SnapshotReader.malformed("the precision is '\(precisionName)'")
    }
    self.precision = precision
    numericsTag = try reader.text("numerics tag")
    steps = try reader.count("steps")
    framesConsumed = try reader.count("frames consumed")
    warmUpLeft = try reader.count("warm-up left")
    states = try reader.tensors("state")
    framesPending = try reader.smallCount("frames pending")
    pendingFrames = try reader.tensors("pending frame")
    try reader.finish()
  }
}

/// Appends values in the snapshot's format.
struct SnapshotWriter {
  static let magic: [UInt8] = Array("SLUICE".utf8) + [0] + Array("S".utf8)
  /// Magic, version and byte count.
  static let headByteCount = 20
  static let checksumByteCount = 32

  private var bytes: [UInt8] = []

  init() {
    append(SnapshotWriter.magic)
    write(UInt32(Snapshot.formatVersion))
    write(UInt64(0))
  }

  mutating func append(_ more: [UInt8]) { bytes += more }

  mutating func write(_ number: some FixedWidthInteger) {
    var number = number.littleEndian
    unsafe withUnsafeBytes(of: &number) { unsafe bytes.append(contentsOf: $0) }
  }

  mutating func write(_ text: String) {
    write(UInt32(clamping: text.utf8.count))
    append(Array(text.utf8))
  }

  mutating func write(_ tensors: NamedTensors) {
    write(UInt32(clamping: tensors.count))
    for (name, tensor) in tensors {
      write(name)
      write(tensor.elementType.rawValue)
      write(UInt32(clamping: tensor.rank))
      for size in tensor.shape { write(UInt64(size)) }
      append(tensor.bytes)
    }
  }

  /// Fills in the byte count and closes with the checksum.
  consuming func finished() -> [UInt8] {
    let count = UInt64(bytes.count + SnapshotWriter.checksumByteCount)
    for index in 0..<8 { bytes[12 + index] = UInt8(truncatingIfNeeded: count >> (8 * index)) }
    var hash = SHA256()
    hash.update(bytes)
    return bytes + hash.finalize()
  }
}
