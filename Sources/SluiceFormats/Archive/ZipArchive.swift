/// A zip archive read from memory: stored and deflated entries, zip64.
///
/// Every size and offset is checked against the file's length when the archive is opened, and before
/// anything is allocated: entries lie inside the file without overlap, and what deflated entries
/// declare to expand to stays within `expansionLimit`. Reading an entry checks its CRC.
///
/// Source: PKWARE APPNOTE.TXT 6.3.10, https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT.
struct ZipArchive: Sendable {
  struct Entry: Sendable, Hashable {
    let name: String
    /// Deflated, else stored.
    let isDeflated: Bool
    /// Where the entry's bytes lie in the file.
    let range: Range<Int>
    /// Bytes when expanded.
    let size: Int
    let checksum: UInt32
  }

  let path: String
  let bytes: [UInt8]
  /// In the order of the central directory; names are unique.
  let entries: [Entry]

  /// More entries than this are refused.
  static let entryLimit = 100_000

  /// What all deflated entries together may expand to: 64 MiB, or 16 times the file if that is more.
  /// Stored entries are bounded by the file itself.
  static func expansionLimit(fileLength: Int) -> Int {
    max(64 << 20, fileLength.multipliedReportingOverflow(by: 16).partialValue)
  }

  init(_ file: FileContent) throws(FormatError) {
    path = file.path
    bytes = file.bytes
    entries = try ZipDirectory(file).entries()
  }

  /// Whether a file starts as a zip archive does.
  static func isArchive(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) || bytes.starts(with: [0x50, 0x4B, 0x05, 0x06])
  }

  subscript(name: String) -> Entry? { entries.first { $0.name == name } }

  /// The expanded bytes of an entry; a stored one shares the file's memory.
  func content(of entry: Entry) throws(FormatError) -> ArraySlice<UInt8> {
    let stored = bytes[entry.range]
    let content: ArraySlice<UInt8>
    if entry.isDeflated {
      guard let expanded = Deflate.expanded(stored, count: entry.size) else {
        throw FormatError(
          .malformed,
          "\(path): entry '\(entry.name)' does not expand to the \(entry.size) bytes it declares")
      }
      content = expanded[...]
    } else {
      content = stored
    }
    guard Deflate.checksum(content) == entry.checksum else {
      throw FormatError(.malformed, "\(path): entry '\(entry.name)' fails its checksum")
    }
    return content
  }
}
