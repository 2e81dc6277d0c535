import CZlib

/// Raw deflate streams (RFC 1951) and the checksum of zip, through zlib.
enum Deflate {
  /// The CRC-32 that zip entries carry.
  static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    unsafe bytes.withUnsafeBytes { buffer in
      let start = unsafe buffer.bindMemory(to: UInt8.self).baseAddress
      return unsafe UInt32(truncatingIfNeeded: crc32_z(0, start, buffer.count))
    }
  }

  /// Expands a raw deflate stream that must give exactly `count` bytes; nothing beyond them is
  /// written.
  ///
  /// - Returns: nil if the stream is damaged, ends early, or would give more.
  static func expanded(_ bytes: ArraySlice<UInt8>, count: Int) -> [UInt8]? {
    var stream = unsafe z_stream()
    let size = unsafe Int32(MemoryLayout<z_stream>.size)
    guard unsafe inflateInit2_(&stream, -MAX_WBITS, ZLIB_VERSION, size) == Z_OK else { return nil }
    defer { unsafe inflateEnd(&stream) }
    var complete = false
    // One byte more than expected is offered, so that a longer stream shows itself.
    let output = unsafe [UInt8](unsafeUninitializedCapacity: count + 1) { buffer, filled in
      unsafe bytes.withUnsafeBytes { input in
        let (status, _, written) = unsafe transfer(
          &stream, from: input, to: UnsafeMutableRawBufferPointer(buffer), flush: Z_NO_FLUSH,
          inflate)
        complete = status == Z_STREAM_END && written == count
        filled = written
      }
    }
    return complete ? output : nil
  }

  /// Compresses to a raw deflate stream at zlib's default level; the same input always gives the
  /// same bytes with the same zlib.
  static func compressed(_ bytes: [UInt8]) -> [UInt8]? {
    var stream = unsafe z_stream()
    let size = unsafe Int32(MemoryLayout<z_stream>.size)
    guard
      unsafe deflateInit2_(
        &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY,
        ZLIB_VERSION, size) == Z_OK
    else { return nil }
    defer { unsafe deflateEnd(&stream) }
    let bound = Int(clamping: unsafe deflateBound(&stream, UInt(bytes.count)))
    var complete = false
    let output = unsafe [UInt8](unsafeUninitializedCapacity: bound) { buffer, filled in
      unsafe bytes.withUnsafeBytes { input in
        let (status, _, written) = unsafe transfer(
          &stream, from: input, to: UnsafeMutableRawBufferPointer(buffer), flush: Z_FINISH,
          deflate)
        complete = status == Z_STREAM_END
        filled = written
      }
    }
    return complete ? output : nil
  }

  /// Feeds `step` (inflate or deflate) until it ends or stalls; zlib counts in 32 bits, so long
  /// buffers are handed over in parts.
  private static func transfer(
    _ stream: inout z_stream, from input: UnsafeRawBufferPointer,
    to output: UnsafeMutableRawBufferPointer, flush: Int32,
    _ step: (UnsafeMutablePointer<z_stream>?, Int32) -> Int32
  ) -> (status: Int32, read: Int, written: Int) {
    let part = 1 << 30
    let source = unsafe input.bindMemory(to: UInt8.self).baseAddress
    let target = unsafe output.bindMemory(to: UInt8.self).baseAddress
    var (read, written) = (0, 0)
    while true {
      let (inputCount, outputCount) = (
        min(part, input.count - read), min(part, output.count - written)
      )
      unsafe stream.next_in = source.map { unsafe UnsafeMutablePointer(mutating: $0 + read) }
      unsafe stream.avail_in = UInt32(inputCount)
      unsafe stream.next_out = target.map { unsafe $0 + written }
      unsafe stream.avail_out = UInt32(outputCount)
      let last = read + inputCount == input.count
      let status = unsafe step(&stream, last ? flush : Z_NO_FLUSH)
      let taken = unsafe inputCount - Int(stream.avail_in)
      let given = unsafe outputCount - Int(stream.avail_out)
      read += taken
      written += given
      if status != Z_OK || (taken == 0 && given == 0) { return (status, read, written) }
    }
  }
}
