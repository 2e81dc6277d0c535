import HTTPTypes
import HummingbirdCore
import Sluice
import SluiceFormats
import SluiceServing

/// States of streams, in the library's snapshot format.
extension InferenceResponder {
  func state(_ model: String, _ stream: String, _ request: Request) async throws -> Response {
    guard let identifier = StreamIdentifier(stream) else {
      throw HTTPFailure(
        .badRequest,
        "a stream's name has 1 to \(StreamIdentifier.maximumByteCount) bytes and no control characters"
      )
    }
    if request.method == .get {
      let answer = try await service.answer(
        to: StreamRequest(
          model: model, stream: identifier, action: .snapshot, parent: parent(of: request)))
      guard let snapshot = answer.snapshot else {
        throw HTTPFailure(.internalServerError, "stream \(identifier) gave no state")
      }
      return Response(bytes: snapshot.bytes, type: "application/octet-stream")
    }
    return try await restore(model, identifier, request)
  }

  private func restore(
    _ model: String, _ stream: StreamIdentifier, _ request: Request
  ) async throws -> Response {
    let bytes = try await body(of: request)
    let snapshot: Snapshot
    do {
      snapshot = try Snapshot(bytes: bytes)
    } catch {
      throw HTTPFailure(.badRequest, error.message)
    }
    let answer = try await service.answer(
      to: StreamRequest(
        model: model, stream: stream, action: .restore(snapshot), parent: parent(of: request)))
    return Response([
      "stream": .string(stream.text), "model_version": .string("\(answer.version)"),
      "sequence_frames": JSONValue(answer.framesTaken),
      "bit_identical": .bool(answer.restoration?.isBitIdentical ?? false),
      "note": .string(answer.restoration?.note ?? ""),
    ])
  }
}
