import NIOCore
import Sluice
import SluiceServing

/// A client's binary message, little-endian:
///
///     ┌──────┬───────┬───────┬───────────────┬──────────┬──────┐
///     │ kind │ flags │ 0     │ stream number │ tag      │ body │
///     │ u8   │ u8    │ u16   │ u32           │ u32      │      │
///     └──────┴───────┴───────┴───────────────┴──────────┴──────┘
struct StreamMessage {
  enum Kind: UInt8 {
    /// Body: one frame, each input's values in the order of the first message, raw.
    case frame = 1
    /// No body. The stream begins, or begins afresh.
    case reset = 2
    /// No body.
    case snapshot = 3
    /// Body: a snapshot.
    case restore = 4
    /// No body. The stream ends.
    case close = 5
  }

  struct Flags: OptionSet {
    let rawValue: UInt8
    /// The stream begins with this frame.
    static let starts = Flags(rawValue: 1)
    /// It ends after it.
    static let ends = Flags(rawValue: 2)
  }

  var kind: Kind
  var flags: Flags
  var stream: UInt32
  /// Comes back in the answer.
  var tag: UInt32
  var body: [UInt8]

  /// - Returns: nil if it is no such message.
  init?(_ buffer: ByteBuffer) {
    var buffer = buffer
    guard let kind = buffer.readInteger(as: UInt8.self).flatMap(Kind.init),
      let flags = buffer.readInteger(as: UInt8.self), flags <= 3,
      buffer.readInteger(as: UInt16.self) == 0,
      let stream = buffer.readInteger(endianness: .little, as: UInt32.self),
      let tag = buffer.readInteger(endianness: .little, as: UInt32.self)
    else { return nil }
    (self.kind, self.flags, self.stream, self.tag) = (kind, Flags(rawValue: flags), stream, tag)
    body = Array(buffer.readableBytesView)
  }

  /// What it asks of its stream.
  ///
  /// - Throws: 400 for a body that is not what it should be.
  func action(_ frames: [ModelDescription.Port]) throws(HTTPFailure) -> StreamRequest.Action {
    switch kind {
    case .frame: return .frames(try tensors(frames))
    case .restore:
      do { return .restore(try Snapshot(bytes: body)) } catch {
        throw HTTPFailure(.badRequest, error.message)
      }
    case .snapshot, .reset, .close:
      guard body.isEmpty else {
        throw HTTPFailure(
          .badRequest, "expected nothing behind the head; found \(body.count) bytes")
      }
      return kind == .snapshot ? .snapshot : .none
    }
  }

  var starts: Bool { kind == .reset || flags.contains(.starts) }
  var ends: Bool { kind == .close || flags.contains(.ends) }

  private func tensors(
    _ frames: [ModelDescription.Port]
  ) throws(HTTPFailure) -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    var rest = body[...]
    for port in frames {
      let shape = (port.shape ?? []).map { max(1, $0) }
      let count = (Tensor.elementCount(of: shape) ?? 0) * port.elementType.byteCount
      tensors[port.name] = Tensor(
        Datatype(port.elementType), shape: shape, bytes: rest.prefix(count))
      rest = rest.dropFirst(count)
    }
    guard tensors.count == frames.count, rest.isEmpty else {
      let expected = frames.map { "\($0.name): \($0.elementType) \($0.shape ?? [])" }
      throw HTTPFailure(
        .badRequest, "expected \(expected.joined(separator: ", ")); found \(body.count) bytes")
    }
    return tensors
  }
}
