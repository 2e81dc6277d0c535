/// Bytes that come in at the end and go out at the front.
struct ByteQueue {
  private var bytes: [UInt8] = []
  /// Where the first is that has not gone out.
  private var start = 0

  var count: Int { bytes.count - start }
  var isEmpty: Bool { start == bytes.count }
  var all: ArraySlice<UInt8> { bytes[start...] }

  mutating func append(_ byte: UInt8) { bytes.append(byte) }

  mutating func append(contentsOf more: some Collection<UInt8>) { bytes += more }

  /// The lowest bytes of a number, the highest of these first.
  mutating func append(_ number: Int, bytes count: Int) {
    for place in (0..<count).reversed() {
      bytes.append(UInt8(truncatingIfNeeded: number >> (8 * place)))
    }
  }

  mutating func removeFirst(_ count: Int) {
    start += count
    if isEmpty {
      bytes.removeAll(keepingCapacity: true)
      start = 0
    } else if start > 1 << 16, start > self.count {
      bytes.removeFirst(start)
      start = 0
    }
  }
}

extension ArraySlice<UInt8> {
  /// The number there, counted from the slice's start; its highest byte is the first.
  func number(at place: Int, bytes count: Int) -> Int {
    dropFirst(place).prefix(count).reduce(0) { $0 << 8 | Int($1) }
  }
}
