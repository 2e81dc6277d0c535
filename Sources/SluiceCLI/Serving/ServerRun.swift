import Dispatch
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Sluice
import SluiceGRPC
import SluiceHTTP
import SluiceServing
import SluiceStateStore
import SluiceTracing
import Synchronization

/// A server from its models to its end.
struct ServerRun {
  private let command: ServeCommand
  private let service: InferenceService
  private let http: HTTPServer
  private let grpc: GRPCInferenceServer
  /// Needs to be closed; nil for states in memory.
  private let store: SQLiteStateStore?
  /// Needs to be closed; nil where nobody asks for traces.
  private let tracer: FileTracer?
  private let logger: Logger

  /// Reads the models that the command line names; takes its time.
  init(_ command: ServeCommand) throws {
    self.command = command
    var logger = Logger(label: "sluice") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = command.logLevel.level
    self.logger = logger
    let listening = command.listening
    let tokens = try listening.tokens()
    let tls = try listening.tls()
    let secure = tls == nil ? "" : "s"
    tracer = try command.tracing.tracer()
    store = try command.streams.stateStore.map { path throws(ServingError) in
      try SQLiteStateStore(path: path)
    }
    let repository = command.repository.map {
      ModelRepository(path: $0, options: command.bindings.commonOptions)
    }
    service = InferenceService(
      command.servingOptions, repository: repository, store: store ?? MemoryStateStore(),
      tracer: tracer, onEvent: { [logger] in logger.record($0) })
    let console = Console.current
    http = HTTPServer(service, listening.httpOptions(tokens, tls), logger: logger) { address in
      console.result("listening on http\(secure)://\(listening.host):\(address.port ?? 0)")
    }
    grpc = GRPCInferenceServer(service, listening.grpcOptions(tokens, tls), logger: logger) {
      port in console.result("listening on grpc\(secure)://\(listening.host):\(port)")
    }
    for model in command.models {
      try service.add(
        try command.bindings.load(model.path), name: model.name,
        classNames: ClassNames(besideModel: model.path))
    }
  }

  /// Returns when the server has ended, by SIGTERM or SIGINT.
  func run() throws {
    // Tasks run on the event loops: what comes from a connection is served and answered there, without a
    // change of threads.
    _ = NIOSingletons.unsafeTryInstallSingletonPosixEventLoopGroupAsConcurrencyGlobalExecutor()
    let ended = DispatchSemaphore(value: 0)
    let result = Mutex<Result<Void, any Error>>(.success(()))
    Task {
      do { try await serve() } catch { result.withLock { $0 = .failure(error) } }
      ended.signal()
    }
    ended.wait()
    try result.withLock { $0 }.get()
  }

  private func serve() async throws {
    for (name, error) in try await service.loadAll() {
      logger.error("model not loaded", metadata: ["model": "\(name)", "reason": "\(error)"])
    }
    let count = try await service.takeUpStoredStreams()
    if count > 0 { logger.info("streams taken up", metadata: ["count": "\(count)"]) }
    let timeout = command.streams.drainTimeout.duration
    // Shut down from the last to the first: connections are there until the streams have ended.
    var configuration = ServiceGroupConfiguration(
      services: [http, grpc, Upkeep(service: service, drainTimeout: timeout)],
      gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    configuration.maximumGracefulShutdownDuration = timeout + .seconds(5)
    defer { do { try store?.close() } catch { logger.error("\(error)") } }
    defer { if let tracer { logger.record(tracer.close()) } }
    do {
      try await ServiceGroup(configuration: configuration).run()
    } catch let error as IOError {
      throw CommandError(
        .usage,
        "cannot listen on \(command.listening.host), ports \(command.listening.http) and "
          + "\(command.listening.grpc)", cause: error)
    }
  }
}

/// Keeps streams and memory in order until the server is to end, then drains it.
private struct Upkeep: Service {
  let service: InferenceService
  let drainTimeout: Duration

  func run() async throws {
    // Draining waits for no sweep.
    let sweeps = Task { await service.run() }
    let memory = Task { await FreedMemory.giveBack() }
    try? await gracefulShutdown()
    for task in [sweeps, memory] { task.cancel() }
    await service.drain(timeout: drainTimeout)
  }
}

extension ServeCommand {
  fileprivate var servingOptions: ServingOptions {
    var options = ServingOptions(engine: target.engineOptions)
    // What engines say comes as events.
    options.engine.log = nil
    options.engine.maximumStreams = streams.maxStreams
    options.idleTimeout = streams.idleTimeout?.duration
    options.expiry = streams.expire?.duration
    options.durability = streams.durability?.durability ?? .hibernation
    return options
  }
}
