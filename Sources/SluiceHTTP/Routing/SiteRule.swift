import SluiceServing

/// Keeps pages of other sites away from a server that asks for no token: the browser that shows them can reach
/// what they cannot, a server on its own machine most of all.
///
/// Browsers say in `Origin` from which page a request comes, and in `Host` under which name they looked the
/// server up. Other clients send no origin, and are let through. Where there are tokens these do what is
/// done here: no page of another site has one.
struct SiteRule: Sendable {
  private let asksForTokens: Bool
  private let isOnLoopback: Bool

  init(_ options: HTTPOptions) {
    asksForTokens = options.tokens != nil
    isOnLoopback = HTTPOptions.isLoopback(options.host)
  }

  /// - Parameters:
  ///   - host: the header's value, name and port; nil where it is missing.
  ///   - origin: likewise, scheme and host; nil too where pages of other sites may ask.
  /// - Throws: 421 if a server on loopback was found under a name that is none of this machine: an address
  ///   that a site's name server gave to its page (DNS rebinding). 403 for a page of another site.
  func admit(host: String?, origin: String?) throws(HTTPFailure) {
    if asksForTokens { return }
    if isOnLoopback, let host, !HTTPOptions.isLoopback(SiteRule.name(in: host)) {
      throw HTTPFailure(
        .misdirectedRequest,
        "Host '\(host)': expected localhost or a loopback address, since this server listens on loopback "
          + "and asks for no token")
    }
    guard let origin else { return }
    let authority = origin.split(separator: "://", maxSplits: 1).last ?? ""
    guard let host, authority.lowercased() == host.lowercased() else {
      throw HTTPFailure(
        .forbidden,
        "Origin '\(origin)': pages of other sites have no access to a server without tokens; "
          + "expected '\(host ?? "")'")
    }
  }

  /// The name or address of `NAME:PORT` in lower case, without the brackets of IPv6.
  private static func name(in host: String) -> String {
    if host.hasPrefix("[") { return String(host.dropFirst().prefix { $0 != "]" }).lowercased() }
    return String(host.prefix { $0 != ":" }).lowercased()
  }
}
