import Foundation
import NIOSSL
import SluiceTransport

/// An authority of its own, what it has signed for a server called localhost and for a client, and what
/// belongs to neither; as files in a temporary folder.
final class TestCertificates: Sendable {
  private let folder: URL

  struct NotMade: Error { var text: String }

  /// nil where there is no `openssl`.
  static func made() async throws -> TestCertificates? {
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl") else {
      print("skipped: there is no openssl")
      return nil
    }
    return try await TestCertificates()
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private init() async throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "sluice-tls-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.currentDirectoryURL = folder
    process.arguments = ["-euc", TestCertificates.script]
    let output = folder.appending(path: "log")
    try Data().write(to: output)
    process.standardError = try FileHandle(forWritingTo: output)
    let status = try await withCheckedThrowingContinuation { continuation in
      process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
      do { try process.run() } catch { continuation.resume(throwing: error) }
    }
    guard status == 0 else {
      throw NotMade(text: (try? String(contentsOf: output, encoding: .utf8)) ?? "")
    }
  }

  /// For each of a server, a client and a stranger a certificate, NAME.pem, and its key, NAME.key.
  private static let script = """
    make="openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
    $make -x509 -days 2 -subj /CN=authority -keyout authority.key -out authority.pem
    $make -x509 -days 2 -subj /CN=stranger -keyout stranger.key -out stranger.pem
    for name in server client; do
      $make -subj "/CN=$name" -addext subjectAltName=DNS:localhost -keyout $name.key -out $name.csr
      openssl x509 -req -days 2 -in $name.csr -CA authority.pem -CAkey authority.key -CAcreateserial \\
        -copy_extensions copy -out $name.pem
    done
    openssl pkey -in server.key -aes256 -passout pass:secret -out locked.key
    echo nothing > nothing.pem
    """

  func path(_ name: String) -> String { folder.appending(path: name).path }

  func server(mutual: Bool = false) throws -> ServerTLS {
    try ServerTLS(
      certificate: path("server.pem"), key: path("server.key"),
      clientAuthorities: mutual ? path("authority.pem") : nil)
  }

  /// A client that trusts the authority.
  ///
  /// - Parameter name: what it shows of itself; nil for nothing.
  func client(_ name: String? = nil, speaks spoken: String = "http/1.1") throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.trustRoots = .file(path("authority.pem"))
    configuration.applicationProtocols = [spoken]
    if let name {
      configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(path("\(name).pem"))
        .map { .certificate($0) }
      configuration.privateKey = .privateKey(
        try NIOSSLPrivateKey(file: path("\(name).key"), format: .pem))
    }
    return try NIOSSLContext(configuration: configuration)
  }
}
