import CPage
import NIOCore

/// A file of the page at `/`, which is part of the binary: Sources/CPage/page.
struct PageFile: Sendable, Hashable {
  /// With its ending.
  let name: String

  static let index = PageFile("index.html")

  private init(_ name: String) { self.name = name }

  /// - Returns: nil if there is no such file.
  init?(name: String) {
    guard PageFile.contents[name] != nil else { return nil }
    self.init(name)
  }

  static var names: [String] { contents.keys.sorted() }

  var bytes: ByteBuffer { PageFile.contents[name] ?? ByteBuffer() }

  var mediaType: String {
    switch name.split(separator: ".").last {
    case "html": "text/html; charset=utf-8"
    case "css": "text/css; charset=utf-8"
    case "js": "text/javascript; charset=utf-8"
    case "svg": "image/svg+xml"
    default: "application/octet-stream"
    }
  }

  private static let contents: [String: ByteBuffer] = {
    var contents: [String: ByteBuffer] = [:]
    var index: Int64 = 0
    while let file = unsafe sluice_page_file_at(index) {
      let bytes = unsafe UnsafeBufferPointer(
        start: file.pointee.bytes, count: Int(file.pointee.count))
      unsafe contents[String(cString: file.pointee.name)] = unsafe ByteBuffer(bytes: bytes)
      index += 1
    }
    return contents
  }()
}
