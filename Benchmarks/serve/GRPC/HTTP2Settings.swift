/// SETTINGS of HTTP/2 (RFC 9113, 6.5.2).
enum HTTP2Settings {
  enum Name: UInt16 {
    case enablePush = 2
    case initialWindow = 4
    case maximumFrame = 5
  }

  static func payload(_ settings: [(name: Name, value: UInt32)]) -> [UInt8] {
    settings.flatMap { setting in
      [8, 0].map { UInt8(truncatingIfNeeded: setting.name.rawValue >> $0) }
        + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: setting.value >> $0) }
    }
  }

  /// Those that are looked at, of a frame.
  static func values(of frame: HTTP2Frame) throws -> [(name: Name, value: Int)] {
    guard frame.payload.count % 6 == 0 else {
      throw LoadError("SETTINGS of \(frame.payload.count) bytes: expected a multiple of 6")
    }
    return try stride(from: 0, to: frame.payload.count, by: 6).compactMap { place in
      let name = try Name(rawValue: UInt16(frame.number(at: place, bytes: 2)))
      let value = try frame.number(at: place + 2)
      return name.map { ($0, value) }
    }
  }
}
