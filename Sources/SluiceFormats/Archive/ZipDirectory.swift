/// Finds and checks the entries of a zip archive.
struct ZipDirectory {
  private let file: FileContent
  private var path: String { file.path }

  init(_ file: FileContent) { self.file = file }

  /// The central directory's place: where it lies, and how many entries it says to have.
  private struct Extent {
    var count: Int
    var range: Range<Int>
  }

  /// Sizes and place of one entry as the central directory tells them.
  private struct Header {
    var name: String
    var flags: UInt16
    var method: UInt16
    var checksum: UInt32
    var compressedSize: Int
    var size: Int
    var offset: Int
  }

  func entries() throws(FormatError) -> [ZipArchive.Entry] {
    let extent = try directoryExtent()
    var reader = ByteReader(file.bytes[extent.range], source: "\(path): central directory")
    var entries = [ZipArchive.Entry]()
    var spans = [Range<Int>]()
    var names = Set<String>()
    var expanded = 0
    for _ in 0..<extent.count {
      let header = try header(&reader)
      guard names.insert(header.name).inserted else {
        throw FormatError(.malformed, "\(path): two entries are called '\(header.name)'")
      }
      let entry = try entry(for: header, end: extent.range.lowerBound)
      spans.append(header.offset..<entry.range.upperBound)
      if entry.isDeflated { expanded = expanded.addingReportingOverflow(entry.size).partialValue }
      try checkExpansion(expanded, entry)
      entries.append(entry)
    }
    try checkOverlap(spans, entries)
    return entries
  }

  // MARK: The end of the file

  /// Searches backwards for the end record, whose comment must reach the file's end.
  private func directoryExtent() throws(FormatError) -> Extent {
    let bytes = file.bytes
    var position = bytes.count - 22
    while position >= max(0, bytes.count - 22 - 0xFFFF) {
      defer { position -= 1 }
      guard bytes[position] == 0x50, bytes[position..<position + 4] == [0x50, 0x4B, 5, 6] else {
        continue
      }
      var reader = ByteReader(bytes[position...], source: "\(path): end of central directory")
      try reader.seek(to: 20)
      guard try reader.integer(UInt16.self) == bytes.count - position - 22 else { continue }
      return try extent(endRecord: position)
    }
    throw FormatError(
      .malformed, "\(path): not a whole zip archive: no end of central directory")
  }

  private func extent(endRecord position: Int) throws(FormatError) -> Extent {
    var reader = ByteReader(file.bytes[position...], source: "\(path): end of central directory")
    try reader.seek(to: 4)
    let (disk, firstDisk) = (try reader.integer(UInt16.self), try reader.integer(UInt16.self))
    let countHere = try reader.integer(UInt16.self)
    var count = Int(try reader.integer(UInt16.self))
    var size = Int(try reader.integer(UInt32.self))
    var offset = Int(try reader.integer(UInt32.self))
    var end = position
    if let wide = try zip64Record(before: position) {
      (count, size, offset, end) = (wide.count, wide.size, wide.offset, wide.position)
    } else if disk != firstDisk || Int(countHere) != count {
      throw FormatError(.unsupported, "\(path): an archive in several parts is not read")
    }
    let (directoryEnd, overflow) = offset.addingReportingOverflow(size)
    guard !overflow, directoryEnd <= end else {
      throw FormatError(
        .malformed,
        "\(path): central directory of \(size) bytes at \(offset) is outside the \(end) before it ends"
      )
    }
    guard count <= ZipArchive.entryLimit, count <= size / 46 else {
      throw FormatError(
        .limit,
        "\(path): \(count) entries; at most \(ZipArchive.entryLimit), 46 bytes each, are read")
    }
    return Extent(count: count, range: offset..<directoryEnd)
  }

  /// The zip64 end record, if a locator stands before the end record.
  private func zip64Record(
    before position: Int
  ) throws(FormatError) -> (count: Int, size: Int, offset: Int, position: Int)? {
    guard position >= 20 else { return nil }
    var locator = ByteReader(
      file.bytes[(position - 20)..<position], source: "\(path): zip64 locator")
    guard try locator.integer(UInt32.self) == 0x0706_4B50 else { return nil }
    try locator.seek(to: 8)
    let start = try locator.size("the place of the end record")
    guard start <= position - 20 else {
      throw FormatError(.malformed, "\(path): zip64 end record at \(start) is outside the file")
    }
    var reader = ByteReader(
      file.bytes[start..<(position - 20)], source: "\(path): zip64 end record")
    guard try reader.integer(UInt32.self) == 0x0606_4B50 else {
      throw FormatError(.malformed, "\(path): no zip64 end record at \(start)")
    }
    try reader.seek(to: 32)
    let count = try reader.size("the number of entries")
    let size = try reader.size("the size of the central directory")
    let offset = try reader.size("the place of the central directory")
    return (count, size, offset, start)
  }

  // MARK: One entry

  private func header(_ reader: inout ByteReader) throws(FormatError) -> Header {
    guard try reader.integer(UInt32.self) == 0x0201_4B50 else {
      throw FormatError(.malformed, "\(path): central directory is damaged")
    }
    _ = try reader.take(4)
    let (flags, method) = (try reader.integer(UInt16.self), try reader.integer(UInt16.self))
    _ = try reader.take(4)
    let checksum = try reader.integer(UInt32.self)
    let (compressedSize, size) = (
      try reader.integer(UInt32.self), try reader.integer(UInt32.self)
    )
    let nameLength = Int(try reader.integer(UInt16.self))
    let extraLength = Int(try reader.integer(UInt16.self))
    let commentLength = Int(try reader.integer(UInt16.self))
    _ = try reader.take(8)
    let offset = try reader.integer(UInt32.self)
    let name = String(decoding: try reader.take(nameLength), as: UTF8.self)
    let extra = try reader.take(extraLength)
    _ = try reader.take(commentLength)
    var header = Header(
      name: name, flags: flags, method: method, checksum: checksum,
      compressedSize: Int(compressedSize), size: Int(size), offset: Int(offset))
    try widen(&header, extra: extra)
    return header
  }

  /// Takes from the zip64 field what does not fit 32 bits, in the order the format fixes.
  private func widen(_ header: inout Header, extra: ArraySlice<UInt8>) throws(FormatError) {
    let full = Int(UInt32.max)
    guard header.size == full || header.compressedSize == full || header.offset == full else {
      return
    }
    let source = "\(path): entry '\(header.name)': extra field"
    var reader = ByteReader(extra, source: source)
    while reader.remaining >= 4 {
      let (identifier, length) = (
        try reader.integer(UInt16.self), try reader.integer(UInt16.self)
      )
      var field = ByteReader(try reader.take(Int(length)), source: source)
      guard identifier == 1 else { continue }
      if header.size == full { header.size = try field.size("the size") }
      if header.compressedSize == full {
        header.compressedSize = try field.size("the stored size")
      }
      if header.offset == full { header.offset = try field.size("the place") }
      return
    }
  }

  private func entry(
    for header: Header, end: Int
  ) throws(FormatError) -> ZipArchive.Entry {
    let named = "\(path): entry '\(header.name)'"
    guard header.flags & 1 == 0 else {
      throw FormatError(.unsupported, "\(named) is encrypted")
    }
    guard header.method == 0 || header.method == 8 else {
      throw FormatError(
        .unsupported,
        "\(named) has compression method \(header.method); stored (0) and deflated (8) are read")
    }
    guard header.offset < end else {
      throw FormatError(.malformed, "\(named) at \(header.offset) is outside the file")
    }
    var local = ByteReader(file.bytes[header.offset..<end], source: named)
    guard try local.integer(UInt32.self) == 0x0403_4B50 else {
      throw FormatError(.malformed, "\(named) has no header at \(header.offset)")
    }
    try local.seek(to: 26)
    let nameLength = Int(try local.integer(UInt16.self))
    let extraLength = Int(try local.integer(UInt16.self))
    guard String(decoding: try local.take(nameLength), as: UTF8.self) == header.name else {
      throw FormatError(.malformed, "\(named) has another name at its place")
    }
    _ = try local.take(extraLength)
    let start = header.offset + local.offset
    _ = try local.take(header.compressedSize)
    guard header.method == 8 || header.compressedSize == header.size else {
      throw FormatError(
        .malformed, "\(named) is stored in \(header.compressedSize) bytes but has \(header.size)")
    }
    return ZipArchive.Entry(
      name: header.name, isDeflated: header.method == 8,
      range: start..<start + header.compressedSize, size: header.size, checksum: header.checksum)
  }

  // MARK: Bombs

  private func checkExpansion(
    _ expanded: Int, _ entry: ZipArchive.Entry
  ) throws(FormatError) {
    let limit = ZipArchive.expansionLimit(fileLength: file.bytes.count)
    guard expanded >= 0, expanded <= limit, entry.size <= limit || !entry.isDeflated else {
      throw FormatError(
        .limit,
        "\(path): compressed entries expand to more than \(limit) bytes, at '\(entry.name)'; "
          + "store them uncompressed")
    }
  }

  private func checkOverlap(
    _ spans: [Range<Int>], _ entries: [ZipArchive.Entry]
  ) throws(FormatError) {
    let order = spans.indices.sorted { spans[$0].lowerBound < spans[$1].lowerBound }
    for (before, after) in zip(order, order.dropFirst())
    where spans[before].upperBound > spans[after].lowerBound {
      throw FormatError(
        .malformed,
        "\(path): entries '\(entries[before].name)' and '\(entries[after].name)' overlap")
    }
  }
}
