import NIOCore
import NIOWebSocket
import Sluice
import SluiceFormats
import SluiceServing
import Tracing

/// What a WebSocket connection is for, and its streams. `StreamHandler` reads and writes.
final class StreamConnection: Sendable {
  let service: InferenceService
  let query: StreamQuery
  let version: Int
  let frames: [ModelDescription.Port]
  /// Names in the order in which replies count them.
  private let outputs: [String]
  let opening: JSONValue
  let name: String
  /// Whether clients may have states.
  let givesStates: Bool
  let begun = Begun()
  /// Bytes of a frame's message, its head and its WebSocket's head included.
  let messageBytes: Int
  /// The span in which the client asks; nil for none.
  let parent: ServiceContext?

  /// - Throws: 404 and such, as for inference; 400 for a model that does not stream.
  init(
    _ query: StreamQuery, _ service: InferenceService, _ options: HTTPOptions,
    _ parent: ServiceContext? = nil
  ) throws {
    let version = try service.version(query.version, of: query.model)
    let interface = version.interface
    guard let streaming = interface.streaming else {
      throw HTTPFailure(.badRequest, "\(version) takes whole sequences only")
    }
    (self.service, self.query, self.version) = (service, query, version.number)
    self.parent = parent
    frames = streaming.frames
    messageBytes = streaming.frames.reduce(26) { sum, port in
      let count = Tensor.elementCount(of: (port.shape ?? []).map { max(1, $0) }) ?? 0
      return sum + count * port.elementType.byteCount
    }
    outputs = streaming.results.map(\.name)
    name = query.name?.text ?? "ws-\(String(UInt64.random(in: 0...UInt64.max), radix: 16))"
    givesStates = options.tokens != nil
    var opening: JSONValue = [
      "model": .string(version.name), "model_version": .string("\(version.number)"),
      "id": .string(name),
    ]
    for member in streaming.members { opening.append(member.key, member.value) }
    self.opening = opening
  }

  /// Returns when the connection is closed and, where it gave them no name, its streams have ended.
  func serve(_ channel: any Channel) async {
    await withTaskCancellationHandler {
      try? await channel.closeFuture.get()
    } onCancel: {
      channel.close(promise: nil)
    }
    if query.name == nil { await endStreams() }
  }

  /// What was begun here and would go on without anybody.
  private func endStreams() async {
    for number in begun.all {
      guard let stream = identifier(of: number) else { continue }
      let end = StreamRequest(
        model: query.model, stream: stream, action: .none, ends: true, parent: parent)
      await submit(end)
    }
  }

  /// - Parameter end: of a stream; one that has ended since is unknown, which is as well. Where so much waits
  ///   that there is no place for it, it comes again.
  private func submit(_ end: StreamRequest) async {
    while true {
      do throws(ServingError) {
        _ = try await service.answer(to: end)
        return
      } catch {
        guard error.code == .overloaded else { return }
      }
      guard (try? await Task.sleep(for: .milliseconds(20))) != nil else { return }
    }
  }

  /// Number 0 is what the connection is called, others have their number behind.
  func identifier(of number: UInt32) -> StreamIdentifier? {
    StreamIdentifier(number == 0 ? name : "\(name)-\(number)")
  }

  func frame(_ reply: StreamReply) -> WebSocketFrame {
    reply.frame(outputs, isJSON: query.isJSON)
  }
}
