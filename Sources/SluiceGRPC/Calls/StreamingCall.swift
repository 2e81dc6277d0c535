import GRPCCore
import OpenInferenceProtocol
import SluiceServing
import Tracing

/// Requests of many streams on one call.
///
/// They are put in as they are read, which is their order; answers go out as they come, in order for each
/// stream, with the request's `id`. What is refused is said in an answer of its own and ends nothing.
///
/// While as many messages as may be are unanswered or unwritten, of all or of the stream whose turn it is,
/// none is read, so that HTTP/2's flow control holds back a client that does not read or sends too fast.
struct StreamingCall: Sendable {
  typealias Request = Inference_ModelInferRequest
  typealias Reply = Inference_ModelStreamInferResponse

  private let service: InferenceService
  /// When an answer is of no more use; nil for never.
  private let deadline: Duration?
  /// The span in which the client asks; nil for none.
  private let parent: ServiceContext?
  private let window: MessageWindow
  private let replies: AsyncStream<Outgoing>
  private let outgoing: AsyncStream<Outgoing>.Continuation

  /// A reply, and the stream as whose its message took a place in the window.
  private struct Outgoing: Sendable {
    var reply: Reply
    var stream: StreamIdentifier?
  }

  /// - Parameters:
  ///   - window: messages that may be unanswered or unwritten.
  ///   - timeout: how long the client waits for the call's end.
  ///   - parent: the span in which it asks.
  init(
    _ service: InferenceService, window: Int, timeout: Duration?, parent: ServiceContext? = nil
  ) {
    (self.service, self.parent) = (service, parent)
    // The service counts a request until shortly after its answer.
    self.window = MessageWindow(window, ofOneStream: service.options.maximumQueuedRequests - 1)
    deadline = timeout.map { service.clock.now + $0 }
    (replies, outgoing) = AsyncStream<Outgoing>.makeStream()
  }

  /// Returns when the client has ended and everything is answered.
  ///
  /// - Throws: `deadlineExceeded`, `unavailable` where the server ends first; what reading and writing throw.
  func run(
    _ messages: RPCAsyncSequence<Request, any Error>, _ writer: RPCWriter<Reply>,
    _ cancellation: ServerContext.RPCCancellationHandle
  ) async throws {
    try await withThrowingTaskGroup { group in
      group.addTask { try await write(to: writer) }
      defer { outgoing.finish() }
      try await read(messages, until: cancellation)
      await window.drained()
      outgoing.finish()
      try await group.waitForAll()
    }
    if cancellation.isCancelled { throw ending }
  }

  private func write(to writer: RPCWriter<Reply>) async throws {
    // A client that goes away is known by what cannot be written.
    defer { window.close() }
    for await next in replies {
      try await writer.write(next.reply)
      window.leave(next.stream)
    }
  }

  private func read(
    _ messages: RPCAsyncSequence<Request, any Error>,
    until cancellation: ServerContext.RPCCancellationHandle
  ) async throws {
    try await withThrowingTaskGroup { group in
      group.addTask {
        for try await message in messages {
          let request = Result { () throws(RPCError) in try InferenceRequest(message) }
          guard await window.enter(try? request.get().stream) else { return }
          submit(request, of: message)
        }
      }
      group.addTask { _ = try? await cancellation.cancelled }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  private var ending: RPCError {
    if deadline != nil, !service.report.isDraining {
      return RPCError(code: .deadlineExceeded, message: "the call's time is over")
    }
    return RPCError(
      ServingError(.draining, "the server ends", retryAfter: service.options.retryAfter))
  }

  private func submit(_ request: Result<InferenceRequest, RPCError>, of message: Request) {
    do {
      var request = try request.get()
      request.parent = parent
      if let deadline { request.limit(to: deadline - service.clock.now) }
      service.submit(request, servesHere: true) { [stream = request.stream] result in
        answer(message, stream, result.mapError { $0 })
      }
    } catch {
      answer(message, nil, .failure(error))
    }
  }

  private func answer(
    _ message: Request, _ stream: StreamIdentifier?, _ result: Result<InferenceAnswer, any Error>
  ) {
    let reply: Reply =
      switch result {
      case .success(let answer): .with { $0.inferResponse = Inference_ModelInferResponse(answer) }
      case .failure(let error): .refusal(of: message, error)
      }
    outgoing.yield(Outgoing(reply: reply, stream: stream))
  }
}

extension Inference_ModelStreamInferResponse {
  /// Says whose answer it is, and after how many milliseconds the same message may succeed, where waiting
  /// helps.
  fileprivate static func refusal(
    of message: Inference_ModelInferRequest, _ error: any Error
  ) -> Inference_ModelStreamInferResponse {
    .with {
      $0.errorMessage = RPCError.of(error).message
      $0.inferResponse.id = message.id
      $0.inferResponse.modelName = message.modelName
      if let stream = message.parameters[InferenceRequest.Parameter.stream] {
        $0.inferResponse.parameters[InferenceRequest.Parameter.stream] = stream
      }
      if let time = (error as? ServingError)?.retryAfter {
        $0.inferResponse.parameters["retry_after_ms"] = .with {
          $0.int64Param = Int64((time / .milliseconds(1)).rounded(.up))
        }
      }
    }
  }
}
