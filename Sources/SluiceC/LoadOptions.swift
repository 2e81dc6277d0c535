import CSluice
import Sluice

/// `sluice_options` as Swift's own, with everything left out filled in.
struct LoadOptions {
  var network = NetworkOptions()
  var engine = EngineOptions()
  var session = SessionOptions()

  /// - Throws: `SLUICE_CODE_INVALID_ARGUMENT` naming the field, what it holds and what it may.
  init(_ pointer: UnsafePointer<sluice_options>?) throws(LibraryError) {
    guard let options = try unsafe LoadOptions.read(pointer) else { return }
    if let backend = unsafe options.backend {
      engine.backend = .named(unsafe String(cString: backend))
    }
    engine.device = unsafe options.device.map { unsafe String(cString: $0) }
    engine.threads = try number(unsafe options.threads, "threads", to: 1024) ?? engine.threads
    engine.maximumStreams =
      try number(unsafe options.maximum_streams, "maximum_streams", to: 1 << 20)
      ?? engine.maximumStreams
    engine.maximumDelay = .microseconds(
      try number(unsafe options.maximum_delay_us, "maximum_delay_us", to: 60_000_000) ?? 0)
    engine.checkpointInterval = try number(
      unsafe options.checkpoint_every, "checkpoint_every", to: .max)
    network.memoryLimit =
      try number(unsafe options.memory_limit, "memory_limit", to: .max) ?? network.memoryLimit
    for (name, text) in try unsafe pairs(options.bind, "bind") {
      guard let value = Int(text) else {
        throw LibraryError(
          SLUICE_CODE_INVALID_ARGUMENT, "'bind' has '\(name)=\(text)'; expected a whole number")
      }
      network.dimensions[name] = value
    }
    for (input, output) in try unsafe pairs(options.states, "states") {
      network.states[input] = output
    }
    session.nanPolicy = unsafe options.reject_nan == 0 ? .accept : .reject
  }

  /// As many bytes as both the caller and this library know; the rest is 0.
  private static func read(
    _ pointer: UnsafePointer<sluice_options>?
  ) throws(LibraryError) -> sluice_options? {
    guard let pointer = unsafe pointer else { return nil }
    let known = unsafe MemoryLayout<sluice_options>.size
    let given = try count(unsafe UInt(bitPattern: pointer.pointee.byte_count), "options.byte_count")
    guard given >= MemoryLayout<Int>.size, given <= 4096 else {
      throw LibraryError(
        SLUICE_CODE_INVALID_ARGUMENT,
        "'options.byte_count' is \(given); expected the structure's size, \(known)")
    }
    var options = unsafe sluice_options()
    unsafe withUnsafeMutableBytes(of: &options) {
      unsafe $0.copyMemory(
        from: UnsafeRawBufferPointer(start: pointer, count: min(given, known)))
    }
    return unsafe options
  }

  /// nil for 0, which stands for what is usual.
  private func number(
    _ value: some BinaryInteger, _ name: String, to limit: Int
  ) throws(LibraryError) -> Int? {
    guard let number = Int(exactly: value), (0...limit).contains(number) else {
      throw LibraryError(
        SLUICE_CODE_INVALID_ARGUMENT, "'\(name)' is \(value); expected 0 to \(limit)")
    }
    return number == 0 ? nil : number
  }

  /// The `A=B` texts of a list that a null pointer ends.
  private func pairs(
    _ list: UnsafePointer<UnsafePointer<CChar>?>?, _ name: String
  ) throws(LibraryError) -> [(String, String)] {
    guard var next = unsafe list else { return [] }
    var pairs: [(String, String)] = []
    while let entry = unsafe next.pointee {
      let text = unsafe String(cString: entry)
      guard let sign = text.firstIndex(of: "=") else {
        throw LibraryError(
          SLUICE_CODE_INVALID_ARGUMENT, "'\(name)' has '\(text)'; expected NAME=VALUE")
      }
      pairs.append((String(text[..<sign]), String(text[text.index(after: sign)...])))
      unsafe next += 1
    }
    return pairs
  }
}
