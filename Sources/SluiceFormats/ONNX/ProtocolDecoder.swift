import ONNXProtocol
import SwiftProtobuf

/// Decodes protocol buffers, with errors that name the file.
struct ProtocolDecoder {
  /// What errors call the file.
  let name: String

  /// - Parameter kind: what `type` is to the census.
  func decode<Message: SwiftProtobuf.Message>(
    _ type: Message.Type, _ kind: MessageCensus.Kind, from bytes: [UInt8]
  ) throws(FormatError) -> Message {
    try check(MessageCensus.finding(in: bytes, root: kind))
    var options = BinaryDecodingOptions()
    options.messageDepthLimit = MessageCensus.depthLimit
    options.discardUnknownFields = true
    do {
      return try Message(serializedBytes: bytes, options: options)
    } catch {
      throw FormatError(.malformed, "\(name): not an ONNX file: \(reason(error))", cause: error)
    }
  }

  private func check(_ finding: MessageCensus.Finding) throws(FormatError) {
    switch finding {
    case .fit:
      return
    case .malformed:
      throw FormatError(.malformed, "\(name): not an ONNX file, or cut short")
    case .tooDeep:
      throw FormatError(
        .limit,
        "\(name): graphs are nested more than \(ModelImport.depthLimit) deep")
    case .tooMany:
      throw FormatError(
        .limit,
        "\(name): its nodes and other parts would take more than "
          + "\(MessageCensus.memoryLimit >> 20) MiB of memory")
    }
  }

  private func reason(_ error: any Error) -> String {
    switch error as? BinaryDecodingError {
    case .invalidUTF8: "a name is not UTF-8 text"
    default: "its fields make no sense"
    }
  }
}
