import Glibc

/// A connection that does not block; for one thread.
///
/// What is to be sent is collected until `exchange`, so that much goes out in one call.
final class Socket {
  let address: ServerAddress
  var outgoing = ByteQueue()
  private(set) var incoming = ByteQueue()
  private let descriptor: Int32
  /// Why nothing more comes; what came before is in `incoming`.
  private var end: LoadError?

  init(_ address: ServerAddress) throws {
    self.address = address
    descriptor = try address.connect()
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
  }

  deinit { close(descriptor) }

  /// Takes from what came as much as `parse` says it has used.
  func consume(_ parse: (ArraySlice<UInt8>) throws -> Int) rethrows {
    let used = try parse(incoming.all)
    incoming.removeFirst(used)
  }

  /// - Throws: why the connection ended, if it did.
  func requireOpen() throws {
    if let end { throw end }
  }

  /// Gives the system as much as it takes.
  func flush() {
    guard !outgoing.isEmpty else { return }
    let taken = unsafe outgoing.all.withUnsafeBytes { bytes in
      unsafe send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    }
    if taken >= 0 {
      outgoing.removeFirst(taken)
    } else if errno != EAGAIN, errno != EINTR {
      end = end ?? LoadError(system: "\(address): send")
    }
  }

  /// Reads what there is.
  private func receive() {
    let room = 65536
    unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: room) { buffer in
      var taken = room
      while taken == room {
        taken = unsafe recv(descriptor, buffer.baseAddress, room, 0)
        if taken > 0 { unsafe incoming.append(contentsOf: buffer.prefix(taken)) }
      }
      if taken == 0 {
        end = end ?? LoadError("\(address): the server ended the connection")
      } else if taken < 0, errno != EAGAIN, errno != EINTR {
        end = end ?? LoadError(system: "\(address): recv")
      }
    }
  }

  /// Sends what waits, and reads until that time at the latest.
  ///
  /// - Parameter ready: called with the place of every socket where something came or that ended.
  static func exchange(
    _ sockets: [Socket], until time: UInt64, _ ready: (Int) throws -> Void
  ) throws {
    var polls: [pollfd] = []
    for socket in sockets {
      socket.flush()
      let events = Int16(POLLIN) | (socket.outgoing.isEmpty ? 0 : Int16(POLLOUT))
      polls.append(pollfd(fd: socket.descriptor, events: events, revents: 0))
    }
    let now = monotonicNanoseconds()
    let milliseconds = Int32((time - min(now, time) + 999_999) / 1_000_000)
    guard unsafe poll(&polls, nfds_t(polls.count), milliseconds) >= 0 || errno == EINTR else {
      throw LoadError(system: "poll")
    }
    for place in polls.indices where polls[place].revents & ~Int16(POLLOUT) != 0 {
      sockets[place].receive()
      try ready(place)
    }
  }

  /// Exchanges until there is a value.
  ///
  /// - Parameters:
  ///   - what: what is waited for, at most 10 s.
  ///   - value: called at once and whenever something came; nil for not yet.
  func wait<Value>(for what: String, _ value: () throws -> Value?) throws -> Value {
    let end = monotonicNanoseconds() + 10_000_000_000
    while true {
      if let found = try value() { return found }
      try requireOpen()
      guard monotonicNanoseconds() < end else {
        throw LoadError("\(address): no \(what) within 10 s")
      }
      try Socket.exchange([self], until: end) { _ in }
    }
  }
}
