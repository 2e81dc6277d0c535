import NIOCore
import NIOWebSocket
import Sluice
import SluiceFormats
import SluiceServing

/// A server's message: binary, little-endian, or JSON where the connection asked for that.
///
///     ┌──────┬───────┬───────────────────┬───────────────┬─────┬──────────────┬──────┐
///     │ kind │ flags │ outputs or status │ stream number │ tag │ frames taken │ body │
///     │ u8   │ u8    │ u16               │ u32           │ u32 │ u64          │      │
///     └──────┴───────┴───────────────────┴───────────────┴─────┴──────────────┴──────┘
///
/// An error has, in place of the frames, the milliseconds after which the same message may succeed, from 1;
/// 0 where waiting does not help.
struct StreamReply {
  enum Kind: UInt8 {
    /// Body: for each output its place in the first message u16, its rank u16, sizes u32 …, values raw,
    /// filled up to a multiple of 4 bytes.
    case outputs = 1
    /// No body: what was asked for is done.
    case done = 2
    /// Body: a snapshot.
    case snapshot = 3
    /// Body: a sentence. The status is that of HTTP.
    case error = 4
  }

  /// Of the message that it answers.
  var stream: UInt32
  var tag: UInt32
  var result: Result<StreamAnswer, HTTPFailure>

  /// - Parameter outputs: names in the order of the first message.
  func frame(_ outputs: [String], isJSON: Bool) -> WebSocketFrame {
    if isJSON, kind != .snapshot {
      return WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(bytes: json.text))
    }
    return WebSocketFrame(fin: true, opcode: .binary, data: bytes(outputs))
  }

  private var kind: Kind {
    switch result {
    case .failure: .error
    case .success(let answer):
      answer.snapshot != nil ? .snapshot : answer.outputs.isEmpty ? .done : .outputs
    }
  }

  private func bytes(_ outputs: [String]) -> ByteBuffer {
    var buffer = ByteBuffer()
    buffer.writeInteger(kind.rawValue)
    switch result {
    case .failure(let error):
      let wait = error.retryAfter.map { UInt64(max(1, $0.retryMilliseconds)) } ?? 0
      writeHead(&buffer, flags: 0, count: UInt16(error.status.code), frames: wait)
      buffer.writeString(error.message)
    case .success(let answer):
      writeHead(
        &buffer, flags: answer.wasHibernated ? 1 : 0, count: UInt16(clamping: answer.outputs.count),
        frames: UInt64(answer.framesTaken))
      if let snapshot = answer.snapshot { buffer.writeBytes(snapshot.bytes) }
      for (name, tensor) in answer.outputs {
        let place = outputs.firstIndex(of: name) ?? Int(UInt16.max)
        StreamReply.write(tensor, UInt16(clamping: place), &buffer)
      }
    }
    return buffer
  }

  private func writeHead(
    _ buffer: inout ByteBuffer, flags: UInt8, count: UInt16, frames: UInt64
  ) {
    buffer.writeInteger(flags)
    buffer.writeInteger(count, endianness: .little)
    buffer.writeInteger(stream, endianness: .little)
    buffer.writeInteger(tag, endianness: .little)
    buffer.writeInteger(frames, endianness: .little)
  }

  private static func write(_ tensor: Tensor, _ place: UInt16, _ buffer: inout ByteBuffer) {
    buffer.writeInteger(place, endianness: .little)
    buffer.writeInteger(UInt16(clamping: tensor.rank), endianness: .little)
    for size in tensor.shape { buffer.writeInteger(UInt32(clamping: size), endianness: .little) }
    let bytes = tensor.bytes
    buffer.writeBytes(bytes)
    buffer.writeRepeatingByte(0, count: -bytes.count & 3)
  }

  private var json: JSONValue {
    var reply: JSONValue = ["stream": JSONValue(stream), "tag": JSONValue(tag)]
    switch result {
    case .failure(let error):
      reply.append("status", JSONValue(error.status.code))
      reply.append("error", .string(error.message))
      if let time = error.retryAfter { reply.append("retry_after", JSONValue(time.retrySeconds)) }
    case .success(let answer):
      reply.append("frames", JSONValue(answer.framesTaken))
      if answer.wasHibernated { reply.append("restored", true) }
      let outputs = answer.outputs.map { InferenceReply.listed($0.name, $0.tensor) }
      reply.append("outputs", .array(outputs))
    }
    return reply
  }
}
