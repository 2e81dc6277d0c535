/// One connection that carries streams; for one thread.
///
/// What `start`, `send` and `finish` add goes out with the socket's next exchange.
protocol StreamClient: AnyObject {
  var socket: Socket { get }

  /// Connects and waits until the server has said what a frame is.
  init(_ address: ServerAddress) throws

  /// Starts a stream; that is answered.
  func start(_ stream: Int)

  /// Adds a frame of a stream.
  func send(_ stream: Int, tag: UInt32)

  /// Says that no more frames follow.
  func finish()

  /// Hands every whole answer that came to `take`.
  ///
  /// - Throws: what `take` throws, and why there can be no more answers.
  func receive(_ take: (StreamAnswer) throws -> Void) throws
}

/// What came of a frame, or of a stream's start.
struct StreamAnswer {
  let stream: Int
  /// The frame's; without meaning for a start.
  let tag: UInt32
  /// The sentence, if it is an error.
  let refusal: String?
}
