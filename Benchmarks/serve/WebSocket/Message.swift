import Foundation

/// Messages of `/v2/models/MODEL/stream`: Sources/SluiceHTTP/Streams/websocket.md.
enum Message {
  enum Kind: UInt8 {
    case frame = 1
    case reset = 2
  }

  static func head(_ kind: Kind, stream: Int, tag: UInt32) -> [UInt8] {
    var head: [UInt8] = [kind.rawValue, 0, 0, 0]
    append(UInt32(stream), to: &head)
    append(tag, to: &head)
    return head
  }

  private static func append(_ number: UInt32, to bytes: inout [UInt8]) {
    for shift in stride(from: UInt32(0), to: 32, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: number >> shift))
    }
  }

  fileprivate static func number(_ bytes: ArraySlice<UInt8>, at place: Int) -> UInt32 {
    bytes.dropFirst(place).prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// The server's first message.
  struct Opening {
    private struct Content: Decodable {
      struct Port: Decodable {
        let name: String
        let datatype: String
        let shape: [Int]
      }
      let inputs: [Port]
    }

    /// Values for every input of one frame.
    let frame: [UInt8]

    init(_ message: ArraySlice<UInt8>) throws {
      let inputs = try JSONDecoder().decode(Content.self, from: Data(message)).inputs
      frame = try inputs.flatMap { port -> [UInt8] in
        guard port.datatype == "FP32", port.shape.allSatisfy({ $0 > 0 }) else {
          throw LoadError(
            "input \(port.name): expected FP32 of one shape, found \(port.datatype) \(port.shape)")
        }
        return frameValues(port.shape.reduce(1, *))
      }
    }
  }
}

extension StreamAnswer {
  /// The head of an answer, and the sentence if it is an error.
  init(_ message: ArraySlice<UInt8>) throws {
    guard message.count >= 20 else {
      throw LoadError("an answer of \(message.count) bytes: expected 20 at least")
    }
    (stream, tag) = (Int(Message.number(message, at: 4)), Message.number(message, at: 8))
    let isError = message[message.startIndex] == 4
    refusal = isError ? String(decoding: message.dropFirst(20), as: UTF8.self) : nil
  }
}
