import ONNXProtocol
import SwiftProtobuf

/// Decodes protocol buffers, with errors that name the file.
struct ProtocolDecoder {
  /// What errors call the file.
  let name: String

  /// Messages inside messages. A nested graph takes three levels (graph, node, attribute), so graphs
  /// may lie about 30 deep; more would endanger the stack.
  private static let depthLimit = 100

  func decode<Message: SwiftProtobuf.Message>(
    _ type: Message.Type, from bytes: [UInt8]
  ) throws(FormatError) -> Message {
    var options = BinaryDecodingOptions()
    options.messageDepthLimit = Self.depthLimit
    options.discardUnknownFields = true
    do {
      return try Message(serializedBytes: bytes, options: options)
    } catch BinaryDecodingError.messageDepthLimit {
      throw FormatError(
        .limit, "\(name): graphs are nested too deep (more than \(Self.depthLimit) messages)",
        cause: BinaryDecodingError.messageDepthLimit)
    } catch {
      throw FormatError(.malformed, "\(name): not an ONNX file: \(reason(error))", cause: error)
    }
  }

  private func reason(_ error: any Error) -> String {
    switch error as? BinaryDecodingError {
    case .truncated: "it ends in the middle of a field"
    case .invalidUTF8: "a name is not UTF-8 text"
    default: "its fields make no sense"
    }
  }
}
