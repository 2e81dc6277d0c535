import Foundation
import Sluice
import SluiceFormats

@testable import SluiceHTTP

/// A WebSocket client on bytes (RFC 6455), which can also do what no client should.
final class TestSocket {
  private let connection: TestConnection
  /// The server's first message.
  private(set) var opening: JSONValue = .null

  struct Frame {
    var opcode: UInt8
    var bytes: [UInt8]
  }

  /// A server's binary message.
  struct Reply: Equatable {
    var kind: UInt8
    var flags: UInt8
    var count: UInt16
    var stream: UInt32
    var tag: UInt32
    var frames: UInt64
    var body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
    /// The numbers of one output, behind its place, rank and two sizes.
    var floats: [Float] {
      Tensor(elementType: .float32, shape: [(body.count - 12) / 4], bytes: Array(body[12...]))?
        .floats()
        ?? []
    }
  }

  struct Refused: Error { var response: TestConnection.Response }

  /// - Throws: `Refused` with the answer if no WebSocket is opened.
  init(
    _ server: TestServer, _ address: String = "/v2/models/sum/stream",
    headers: [String: String] = [:]
  ) async throws {
    connection = try await server.connect()
    var head = "GET \(address) HTTP/1.1\r\nConnection: Upgrade\r\n"
    head += "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    head += "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    for (name, value) in ["Host": "localhost"].merging(headers, uniquingKeysWith: { $1 }) {
      head += "\(name): \(value)\r\n"
    }
    try await connection.send(head + "\r\n")
    let response = try await connection.response()
    guard response.status == 101,
      response.headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    else { throw Refused(response: response) }
    opening = try JSONParser.value(in: try await frame().bytes[...], source: "the opening")
  }

  func send(_ opcode: UInt8, _ bytes: [UInt8], isFinal: Bool = true) async throws {
    let mask: [UInt8] = [1, 2, 3, 4]
    var head: [UInt8] = [opcode | (isFinal ? 0x80 : 0)]
    switch bytes.count {
    case 0...125: head.append(0x80 | UInt8(bytes.count))
    case 126...0xFFFF: head += [0x80 | 126, UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)]
    default: head += [0x80 | 127] + (0..<8).map { UInt8(bytes.count >> (56 - 8 * $0) & 0xFF) }
    }
    let masked = bytes.enumerated().map { $0.element ^ mask[$0.offset % 4] }
    try await connection.send(head + mask + masked)
  }

  /// Sends bytes that need not be a frame.
  func send(raw bytes: [UInt8]) async throws { try await connection.send(bytes) }

  func close() async throws { try await connection.close() }

  func endSending() async throws { try await connection.endSending() }

  func stopReading() async throws { try await connection.stopReading() }

  func frame() async throws -> Frame {
    let head = try await connection.bytes(2)
    var count = Int(head[1] & 0x7F)
    if count >= 126 {
      count = try await connection.bytes(count == 126 ? 2 : 8).reduce(0) { $0 << 8 | Int($1) }
    }
    return Frame(opcode: head[0] & 0x0F, bytes: try await connection.bytes(count))
  }

  /// The next message that is no ping.
  func reply() async throws -> Reply {
    var message = try await frame()
    while message.opcode == 9 { message = try await frame() }
    var bytes = message.bytes[...]
    func take<Number: FixedWidthInteger>(_ type: Number.Type) -> Number {
      let size = MemoryLayout<Number>.size
      defer { bytes = bytes.dropFirst(size) }
      return bytes.prefix(size).reversed().reduce(0) { $0 << 8 | Number($1) }
    }
    return Reply(
      kind: take(UInt8.self), flags: take(UInt8.self), count: take(UInt16.self),
      stream: take(UInt32.self), tag: take(UInt32.self), frames: take(UInt64.self),
      body: Array(bytes))
  }

  /// A message of the protocol.
  static func message(
    _ kind: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, tag: UInt32 = 0, _ body: [UInt8] = []
  ) -> [UInt8] {
    var bytes: [UInt8] = [kind, flags, 0, 0]
    for number in [stream, tag] { bytes += (0..<4).map { UInt8(number >> (8 * $0) & 0xFF) } }
    return bytes + body
  }

  /// A frame of `[x, 1]`.
  func frame(
    _ x: Float, stream: UInt32 = 0, tag: UInt32 = 0, starts: Bool = false, ends: Bool = false
  ) async throws {
    let flags: UInt8 = (starts ? 1 : 0) | (ends ? 2 : 0)
    let body = Tensor([x, 1], shape: [1, 2]).bytes
    try await send(2, TestSocket.message(1, flags: flags, stream: stream, tag: tag, body))
  }
}
