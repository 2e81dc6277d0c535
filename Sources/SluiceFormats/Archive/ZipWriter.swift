/// Builds a zip archive in memory. Times are 1980-01-01, so the same entries give the same bytes.
struct ZipWriter {
  private var output = [UInt8]()
  private var directory = [UInt8]()
  private var count = 0
  private let path: String

  /// - Parameter path: where the archive is going to; errors name it.
  init(path: String) { self.path = path }

  /// Appends an entry; a deflated one that would grow is stored.
  mutating func add(_ name: String, _ bytes: [UInt8], deflated: Bool) throws(FormatError) {
    let packed = deflated ? Deflate.compressed(bytes) : nil
    let content = packed.map { $0.count < bytes.count ? $0 : bytes } ?? bytes
    let method: UInt16 = content.count < bytes.count ? 8 : 0
    let nameBytes = Array(name.utf8)
    guard let nameLength = UInt16(exactly: nameBytes.count) else {
      throw FormatError(.limit, "\(path): an entry's name has \(nameBytes.count) bytes of UTF-8")
    }
    let offset = output.count
    let checksum = Deflate.checksum(bytes[...])
    let limit = Int(UInt32.max)
    let isWide = bytes.count >= limit || content.count >= limit || offset >= limit

    // What the local header and the central directory share.
    var shared = [UInt8]()
    shared.append(littleEndian: isWide ? 45 : 20 as UInt16)
    shared.append(littleEndian: 0x0800 as UInt16)  // names are UTF-8
    shared.append(littleEndian: method)
    shared.append(littleEndian: 0 as UInt16)
    shared.append(littleEndian: 0x0021 as UInt16)
    shared.append(littleEndian: checksum)
    shared.append(littleEndian: isWide ? .max : UInt32(content.count))
    shared.append(littleEndian: isWide ? .max : UInt32(bytes.count))
    shared.append(littleEndian: nameLength)

    output.append(littleEndian: 0x0403_4B50 as UInt32)
    output += shared
    let localExtra = isWide ? ZipWriter.wideField([bytes.count, content.count]) : []
    output.append(littleEndian: UInt16(localExtra.count))
    output += nameBytes + localExtra + content

    directory.append(littleEndian: 0x0201_4B50 as UInt32)
    directory.append(littleEndian: isWide ? 45 : 20 as UInt16)
    directory += shared
    let extra = isWide ? ZipWriter.wideField([bytes.count, content.count, offset]) : []
    directory.append(littleEndian: UInt16(extra.count))
    directory += [UInt8](repeating: 0, count: 10)  // comment, disk, attributes
    directory.append(littleEndian: isWide ? .max : UInt32(offset))
    directory += nameBytes + extra
    count += 1
  }

  /// The whole archive.
  consuming func finished() -> [UInt8] {
    let (offset, size) = (output.count, directory.count)
    output += directory
    if count >= 0xFFFF || offset >= Int(UInt32.max) || size >= Int(UInt32.max) {
      appendWideEnd(offset: offset, size: size)
    }
    output.append(littleEndian: 0x0605_4B50 as UInt32)
    output.append(littleEndian: 0 as UInt32)
    output.append(littleEndian: UInt16(clamping: count))
    output.append(littleEndian: UInt16(clamping: count))
    output.append(littleEndian: UInt32(clamping: size))
    output.append(littleEndian: UInt32(clamping: offset))
    output.append(littleEndian: 0 as UInt16)
    return output
  }

  /// The zip64 end record and its locator.
  private mutating func appendWideEnd(offset: Int, size: Int) {
    let start = output.count
    output.append(littleEndian: 0x0606_4B50 as UInt32)
    output.append(littleEndian: 44 as UInt64)
    output.append(littleEndian: 45 as UInt16)
    output.append(littleEndian: 45 as UInt16)
    output.append(littleEndian: 0 as UInt64)  // disks
    output.append(littleEndian: UInt64(count))
    output.append(littleEndian: UInt64(count))
    output.append(littleEndian: UInt64(size))
    output.append(littleEndian: UInt64(offset))
    output.append(littleEndian: 0x0706_4B50 as UInt32)
    output.append(littleEndian: 0 as UInt32)
    output.append(littleEndian: UInt64(start))
    output.append(littleEndian: 1 as UInt32)
  }

  private static func wideField(_ sizes: [Int]) -> [UInt8] {
    var field = [UInt8]()
    field.append(littleEndian: 1 as UInt16)
    field.append(littleEndian: UInt16(8 * sizes.count))
    for size in sizes { field.append(littleEndian: UInt64(size)) }
    return field
  }
}

extension [UInt8] {
  /// Appends an integer, lowest byte first.
  mutating func append(littleEndian value: some FixedWidthInteger) {
    var rest = value
    for _ in 0..<rest.bitWidth / 8 {
      append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
  }
}
