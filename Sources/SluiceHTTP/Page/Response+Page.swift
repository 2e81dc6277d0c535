import HTTPTypes
import HummingbirdCore

extension Response {
  /// A file of the page, with what holds a browser to this server: nothing comes from elsewhere or goes
  /// there, nothing in the page's text runs, no other page shows it in a frame.
  init(_ file: PageFile) {
    var headers: HTTPFields = [
      .contentType: file.mediaType, .cacheControl: "no-cache", .xContentTypeOptions: "nosniff",
      .contentSecurityPolicy: contentSecurityPolicy,
    ]
    headers[.referrerPolicy] = "no-referrer"
    headers[.permissionsPolicy] = "camera=(self), microphone=(), geolocation=()"
    headers[.crossOriginOpenerPolicy] = "same-origin"
    headers[.crossOriginResourcePolicy] = "same-origin"
    self.init(status: .ok, headers: headers, body: ResponseBody(byteBuffer: file.bytes))
  }
}

/// https://www.w3.org/TR/CSP3/. A clip that a person chose is a `blob:`.
private let contentSecurityPolicy = """
  default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
  media-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
  """

extension HTTPField.Name {
  fileprivate static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
  fileprivate static let permissionsPolicy = HTTPField.Name("Permissions-Policy")!
  fileprivate static let crossOriginOpenerPolicy = HTTPField.Name("Cross-Origin-Opener-Policy")!
  fileprivate static let crossOriginResourcePolicy = HTTPField.Name("Cross-Origin-Resource-Policy")!
}
