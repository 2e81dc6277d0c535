import ArgumentParser
import SluiceGRPC
import SluiceHTTP
import SluiceServing
import SluiceTransport

/// The options that say where a server listens and whom it lets in.
struct ListenOptionGroup: ParsableArguments {
  @Option(help: ArgumentHelp("Port of HTTP; 0 takes one that is free.", valueName: "port"))
  var http: Int = 8000

  @Option(help: ArgumentHelp("Port of gRPC; 0 takes one that is free.", valueName: "port"))
  var grpc: Int = 8001

  @Option(help: ArgumentHelp("Address or name to listen on.", valueName: "host"))
  var host: String = "127.0.0.1"

  @Option(
    help: ArgumentHelp(
      "A file of bearer tokens, one a line; requests without one are refused.", valueName: "file"))
  var tokenFile: String?

  @Option(
    help: ArgumentHelp(
      "A PEM file of the server's certificate; with --tls-key connections are encrypted.",
      valueName: "file"))
  var tlsCert: String?

  @Option(help: ArgumentHelp("A PEM file of the certificate's private key.", valueName: "file"))
  var tlsKey: String?

  @Option(
    help: ArgumentHelp(
      "A PEM file of authorities; clients without a certificate of one of them are refused.",
      valueName: "file"))
  var tlsClientCa: String?

  @Flag(help: "Listen beyond this machine without tokens.")
  var insecure = false

  @Option(
    help: ArgumentHelp(
      "Bytes that the body of a request, or a message of gRPC, may have.", valueName: "bytes"))
  var maxBodyBytes: Int = HTTPOptions().maximumBodyBytes

  func validate() throws {
    for (name, port) in [("http", http), ("grpc", grpc)] where !(0...65535).contains(port) {
      throw ValidationError("--\(name) \(port): expected a port from 0 to 65535.")
    }
    guard maxBodyBytes > 0 else {
      throw ValidationError("--max-body-bytes \(maxBodyBytes): expected a number of bytes above 0.")
    }
    if (tlsCert == nil) != (tlsKey == nil) || tlsClientCa != nil && tlsCert == nil {
      throw ValidationError("TLS needs --tls-cert and --tls-key; found one or none of them.")
    }
    if !HTTPOptions.isLoopback(host), tokenFile == nil, !insecure {
      throw ValidationError(
        "--host \(host): others than this machine can connect there; give --token-file, or say "
          + "--insecure.")
    }
  }

  func tokens() throws(ServingError) -> BearerTokens? {
    try tokenFile.map { path throws(ServingError) in try BearerTokens(path: path) }
  }

  func tls() throws(ServingError) -> ServerTLS? {
    guard let tlsCert, let tlsKey else { return nil }
    return try ServerTLS(certificate: tlsCert, key: tlsKey, clientAuthorities: tlsClientCa)
  }

  func httpOptions(_ tokens: BearerTokens?, _ tls: ServerTLS?) -> HTTPOptions {
    var options = HTTPOptions()
    (options.host, options.port, options.tokens, options.tls) = (host, http, tokens, tls)
    options.maximumBodyBytes = maxBodyBytes
    return options
  }

  func grpcOptions(_ tokens: BearerTokens?, _ tls: ServerTLS?) -> GRPCOptions {
    var options = GRPCOptions()
    (options.host, options.port, options.tokens, options.tls) = (host, grpc, tokens, tls)
    options.maximumMessageBytes = maxBodyBytes
    return options
  }
}
