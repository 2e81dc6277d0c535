import HTTPTypes
import HummingbirdCore
import SluiceServing
import Tracing

extension HTTPField.Name {
  /// Bytes of the JSON before binary tensors.
  static let inferenceHeaderLength = HTTPField.Name("Inference-Header-Content-Length")!
  /// How long the answer is of use, in milliseconds.
  static let timeout = HTTPField.Name("Sluice-Timeout-Ms")!
}

extension InferenceResponder {
  func infer(_ name: Route.ModelName, _ request: Request) async throws -> Response {
    let form = try await form(
      of: try await body(of: request), header: try headerLength(of: request), model: name)
    var inference = form.request
    inference.parent = parent(of: request)
    if let timeout = try timeout(of: request) {
      inference.timeout = min(inference.timeout ?? timeout, timeout)
    }
    let answer = try await service.answer(to: inference)
    return Response(InferenceReply(answer, form.outputs))
  }

  /// Reads a body; where that takes long, beside the event loop.
  private func form(
    of bytes: [UInt8], header: Int?, model: Route.ModelName
  ) async throws -> InferenceBody {
    let read = { @Sendable in
      Result { try InferenceBody(bytes: bytes, header: header, model: model) }
    }
    return try await (bytes.count < 1 << 17 ? read() : onOwnThread(read)).get()
  }

  /// - Returns: nil for a body that is all JSON.
  private func headerLength(of request: Request) throws(HTTPFailure) -> Int? {
    guard let text = request.headers[.inferenceHeaderLength] else { return nil }
    guard let length = Int(text), length >= 0 else {
      throw HTTPFailure(
        .badRequest, "Inference-Header-Content-Length: expected a number of bytes; found '\(text)'")
    }
    return length
  }

  /// The span in which a client asks.
  func parent(of request: Request) -> ServiceContext? {
    service.parent(in: request.headers, RequestTraceHeaders())
  }

  private func timeout(of request: Request) throws(HTTPFailure) -> Duration? {
    guard let text = request.headers[.timeout] else { return nil }
    guard let number = Double(text), number >= 0, number <= 1e9 else {
      throw HTTPFailure(
        .badRequest, "Sluice-Timeout-Ms: expected milliseconds, up to 1e9; found '\(text)'")
    }
    return .milliseconds(number)
  }
}

extension Response {
  init(_ reply: InferenceReply) {
    self.init(
      bytes: reply.bytes,
      type: reply.headerLength == nil ? "application/json" : "application/octet-stream")
    headers[.inferenceHeaderLength] = reply.headerLength.map { "\($0)" }
  }
}
