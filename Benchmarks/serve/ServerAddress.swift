import Glibc

/// `ws://HOST:PORT/PATH` or `grpc://HOST:PORT/MODEL`.
struct ServerAddress: CustomStringConvertible {
  enum Scheme: String {
    case ws
    case grpc
  }

  let scheme: Scheme
  let host: String
  let port: UInt16
  let path: String

  var description: String { "\(scheme.rawValue)://\(authority)\(path)" }
  var authority: String { "\(host):\(port)" }

  init?(_ text: String) {
    guard let colon = text.firstIndex(of: ":"),
      let scheme = Scheme(rawValue: String(text[..<colon])),
      text[colon...].hasPrefix("://")
    else { return nil }
    let rest = text[colon...].dropFirst(3)
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    let parts = rest[..<slash].split(separator: ":")
    guard parts.count == 2, let port = UInt16(parts[1]) else { return nil }
    (self.scheme, host, self.port) = (scheme, String(parts[0]), port)
    path = slash == rest.endIndex ? "/" : String(rest[slash...])
  }

  /// - Returns: a socket that blocks and sends at once.
  func connect() throws -> Int32 {
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard unsafe getaddrinfo(host, "\(port)", &hints, &list) == 0, let first = unsafe list else {
      throw LoadError("\(self): no such host")
    }
    defer { unsafe freeaddrinfo(first) }
    let found = unsafe first.pointee
    let descriptor = unsafe socket(found.ai_family, found.ai_socktype, 0)
    guard descriptor >= 0 else { throw LoadError(system: "socket") }
    guard unsafe Glibc.connect(descriptor, found.ai_addr, found.ai_addrlen) == 0 else {
      let error = LoadError(system: "connect to \(self)")
      close(descriptor)
      throw error
    }
    var on: Int32 = 1
    unsafe setsockopt(
      descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    return descriptor
  }
}
