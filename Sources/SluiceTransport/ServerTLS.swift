import FoundationEssentials
import NIOSSL
import SluiceServing

/// What a server shows its clients over TLS 1.2 and 1.3, and what it asks of them.
public struct ServerTLS: Sendable {
  /// For connections that speak HTTP/1.1.
  private let http1: NIOSSLContext
  /// For those that speak HTTP/2.
  private let http2: NIOSSLContext

  /// Reads files of the form PEM.
  ///
  /// - Parameters:
  ///   - certificate: path of the server's certificate, with those behind it that lead to its authority's.
  ///   - key: path of the certificate's private key, without a passphrase.
  ///   - clientAuthorities: path of certificates of authorities, by one of which a client's has to be
  ///     signed; nil lets those connect who have none.
  /// - Throws: `refused` naming the file, what was expected and what was found.
  public init(
    certificate: String, key: String, clientAuthorities: String? = nil
  ) throws(ServingError) {
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: try ServerTLS.certificates(certificate).map { .certificate($0) },
      privateKey: .privateKey(try ServerTLS.key(key)))
    configuration.minimumTLSVersion = .tlsv12
    if let clientAuthorities {
      configuration.trustRoots = .certificates(try ServerTLS.certificates(clientAuthorities))
      configuration.certificateVerification = .noHostnameVerification
    }
    do {
      configuration.applicationProtocols = ["http/1.1"]
      http1 = try NIOSSLContext(configuration: configuration)
      configuration.applicationProtocols = ["h2"]
      http2 = try NIOSSLContext(configuration: configuration)
    } catch {
      throw ServingError(
        .refused,
        "\(key): expected the private key of \(certificate)'s first certificate; found another",
        cause: error)
    }
  }

  /// What a connection says inside; clients that ask for a protocol (ALPN) hear which it is.
  package enum Spoken: Sendable { case http1, http2 }

  /// What is to stand first on a connection.
  package func makeHandler(_ spoken: Spoken) -> NIOSSLServerHandler {
    NIOSSLServerHandler(context: spoken == .http1 ? http1 : http2)
  }

  private static func certificates(_ path: String) throws(ServingError) -> [NIOSSLCertificate] {
    let bytes = try bytes(path)
    if let certificates = try? NIOSSLCertificate.fromPEMBytes(bytes), !certificates.isEmpty {
      return certificates
    }
    throw unexpected("certificates", path, bytes)
  }

  private static func key(_ path: String) throws(ServingError) -> NIOSSLPrivateKey {
    let bytes = try bytes(path)
    if let key = try? NIOSSLPrivateKey(bytes: bytes, format: .pem) { return key }
    throw unexpected("a private key without a passphrase", path, bytes)
  }

  private static func bytes(_ path: String) throws(ServingError) -> [UInt8] {
    do { return [UInt8](try Data(contentsOf: URL(filePath: path))) } catch {
      throw ServingError(.refused, "\(path): cannot be read", cause: error)
    }
  }

  /// Says what a file has instead.
  private static func unexpected(
    _ what: String, _ path: String, _ bytes: [UInt8]
  ) -> ServingError {
    let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
    let found = lines.filter { $0.hasPrefix("-----BEGIN ") }.prefix(3).map { "'\($0)'" }
    return ServingError(
      .refused,
      "\(path): expected \(what) in PEM; found \(bytes.count) bytes with "
        + (found.isEmpty ? "no line '-----BEGIN …'" : found.joined(separator: ", ")))
  }
}
