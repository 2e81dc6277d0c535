import SluiceServing

extension StreamConnection {
  /// Puts in what a message asks for; the answer goes into the outbox.
  func take(_ message: StreamMessage, _ outbox: Outbox) {
    do {
      submit(try request(message), of: message, outbox)
    } catch {
      answer(message.stream, message.tag, .failure(error), outbox)
    }
  }

  private func request(_ message: StreamMessage) throws(HTTPFailure) -> StreamRequest {
    guard let stream = identifier(of: message.stream) else {
      throw HTTPFailure(.badRequest, "stream \(message.stream) has too long a name")
    }
    if message.kind == .snapshot || message.kind == .restore, !givesStates {
      throw HTTPFailure(
        .forbidden, "states of streams are given and taken with a token only; this server has none")
    }
    // A stream that is there goes on with its version.
    let begins = message.starts || message.kind == .restore
    return StreamRequest(
      model: query.model, version: begins ? version : query.version, stream: stream,
      action: try message.action(frames),
      starts: message.starts, ends: message.ends,
      deadline: query.timeout.map { service.clock.now + $0 }, parent: parent)
  }

  private func submit(_ request: StreamRequest, of message: StreamMessage, _ outbox: Outbox) {
    let number = message.stream
    if message.starts || message.kind == .restore {
      guard begun.add(number) else {
        let refusal = HTTPFailure(
          .serviceUnavailable, "\(Begun.maximumCount) streams were begun on this connection")
        return answer(number, message.tag, .failure(refusal), outbox)
      }
    }
    let ends = message.ends
    let count = begun.count(of: number)
    service.submit(request, servesHere: true) { [self, tag = message.tag] result in
      let error: ServingError? = if case .failure(let error) = result { error } else { nil }
      // What had no place in the queue changed nothing.
      if ends, error?.code != .overloaded { begun.remove(number, begun: count) }
      answer(number, tag, result.mapError { HTTPFailure($0) }, outbox)
    }
  }

  private func answer(
    _ stream: UInt32, _ tag: UInt32, _ result: Result<StreamAnswer, HTTPFailure>, _ outbox: Outbox
  ) {
    outbox.put(frame(StreamReply(stream: stream, tag: tag, result: result)))
  }
}
