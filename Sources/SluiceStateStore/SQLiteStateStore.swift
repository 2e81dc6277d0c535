import FoundationEssentials
import GRDB
import SluiceServing
import Synchronization

/// A store in one SQLite file, which survives the process: `kill -9` at any instant leaves every change
/// that was returned from, and none by half.
///
///     stream(model, stream, version, snapshot)        one row a stream
///
/// Changes that come while a transaction is being written go into the next one together, so that many
/// streams share one wait for the disk.
public final class SQLiteStateStore: StateStore {
  fileprivate enum Change: Sendable {
    case put(StoredStream)
    case remove(StreamAddress)
  }

  private struct Waiting: Sendable {
    let change: Change
    let answer: @Sendable (Result<Void, ServingError>) -> Void
  }

  private struct State: Sendable {
    var waiting: [Waiting] = []
    var isWriting = false
    var commits = 0
  }

  private let database: DatabaseQueue
  private let path: String
  private let state = Mutex(State())

  public let survivesRestart = true

  /// Transactions that were written so far.
  public var commitCount: Int { state.withLock { $0.commits } }

  /// Opens a file, or makes it.
  ///
  /// - Throws: `storeFailed` with SQLite's reason; also where another process has the file.
  public init(path: String) throws(ServingError) {
    self.path = path
    do {
      var configuration = Configuration()
      configuration.prepareDatabase { database in
        try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
        try database.execute(sql: "PRAGMA journal_mode = WAL")
        try database.execute(sql: "PRAGMA synchronous = FULL")
      }
      database = try DatabaseQueue(path: path, configuration: configuration)
      try database.write { database in
        try database.execute(
          sql: """
            CREATE TABLE IF NOT EXISTS stream (
              model TEXT NOT NULL, stream TEXT NOT NULL, version INTEGER NOT NULL,
              snapshot BLOB NOT NULL, PRIMARY KEY (model, stream))
            """)
      }
    } catch {
      throw ServingError(.storeFailed, "\(path): cannot be opened: \(error)", cause: error)
    }
  }

  /// Gives the file back; every later call throws. What was put there before is there.
  ///
  /// - Throws: `storeFailed`.
  public func close() throws(ServingError) {
    do { try database.close() } catch { throw failure(error) }
  }

  public func put(_ stream: StoredStream) async throws(ServingError) {
    try await write(.put(stream))
  }

  public func remove(_ address: StreamAddress) async throws(ServingError) {
    try await write(.remove(address))
  }

  public func stream(_ address: StreamAddress) async throws(ServingError) -> StoredStream? {
    try await read { database in
      let row = try Row.fetchOne(
        database, sql: "SELECT version, snapshot FROM stream WHERE model = ? AND stream = ?",
        arguments: [address.model, address.stream.text])
      guard let row else { return nil }
      let snapshot: Data = row["snapshot"]
      return StoredStream(
        address: address, version: row["version"], snapshot: Array(snapshot))
    }
  }

  public func streams() async throws(ServingError) -> [(address: StreamAddress, version: Int)] {
    try await read { database in
      try Row.fetchAll(database, sql: "SELECT model, stream, version FROM stream")
        .compactMap { row in
          guard let stream = StreamIdentifier(row["stream"]) else { return nil }
          return (StreamAddress(model: row["model"], stream: stream), row["version"])
        }
    }
  }

  private func read<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws(ServingError) -> Value {
    do { return try await database.read(body) } catch { throw failure(error) }
  }

  private func failure(_ error: any Error) -> ServingError {
    ServingError(.storeFailed, "\(path): \(error)", cause: error)
  }

  /// Returns when the change is on the disk.
  private func write(_ change: Change) async throws(ServingError) {
    let result = await withCheckedContinuation { continuation in
      let isWriter = state.withLock { state in
        state.waiting.append(Waiting(change: change) { continuation.resume(returning: $0) })
        defer { state.isWriting = true }
        return !state.isWriting
      }
      if isWriter { Task.detached { await self.writeAll() } }
    }
    try result.get()
  }

  /// Writes transaction after transaction until nothing waits.
  private func writeAll() async {
    while true {
      let batch = state.withLock { state -> [Waiting] in
        defer { state.waiting = [] }
        if state.waiting.isEmpty { state.isWriting = false }
        return state.waiting
      }
      if batch.isEmpty { return }
      var result = Result<Void, ServingError>.success(())
      do {
        try await database.write { database in
          for entry in batch { try entry.change.apply(to: database) }
        }
      } catch {
        result = .failure(failure(error))
      }
      state.withLock { $0.commits += 1 }
      for entry in batch { entry.answer(result) }
    }
  }
}

extension SQLiteStateStore.Change {
  func apply(to database: Database) throws {
    switch self {
    case .put(let stream):
      try database.cachedStatement(
        sql: """
          INSERT OR REPLACE INTO stream (model, stream, version, snapshot) VALUES (?, ?, ?, ?)
          """
      ).execute(arguments: [
        stream.address.model, stream.address.stream.text, stream.version, Data(stream.snapshot),
      ])
    case .remove(let address):
      try database.cachedStatement(sql: "DELETE FROM stream WHERE model = ? AND stream = ?")
        .execute(arguments: [address.model, address.stream.text])
    }
  }
}
