/// One request and its response.
struct HTTP2Stream {
  /// 0 before the first request.
  let id: UInt32
  /// Bytes that the server would take now.
  var window: Int
  /// What no window had room for yet.
  var unsent = ByteQueue()
  /// Whether nothing more is to be sent, and whether the server knows.
  var isFinished = false
  var isEndSent = false
  /// The body of the response.
  var received = ByteQueue()
  /// Bytes that were taken and that the server was not told of.
  var unreported = 0
  /// Whether the response is over.
  var isEnded = false

  /// Hands each whole gRPC message of the response to `take`: a byte that is 0 for not compressed, four for
  /// its length, the message.
  mutating func receiveMessages(_ take: (ArraySlice<UInt8>) throws -> Void) throws {
    var rest = received.all
    while rest.count >= 5 {
      let body = rest.dropFirst(5)
      let count = rest.number(at: 1, bytes: 4)
      guard rest.first == 0 else { throw LoadError("a compressed message: none was asked for") }
      guard body.count >= count else { break }
      try take(body.prefix(count))
      rest = body.dropFirst(count)
    }
    let taken = received.count - rest.count
    rest = []
    received.removeFirst(taken)
  }
}
