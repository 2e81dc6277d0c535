import SluiceServing
import Synchronization

/// What came of whole sequences, in the order of the answers: `done` or the error's code.
final class SequenceLog: Sendable {
  private let kept = Mutex<[String]>([])

  func add(_ result: Result<SequenceAnswer, ServingError>) {
    let text =
      switch result {
      case .success: "done"
      case .failure(let error): error.code.name
      }
    kept.withLock { $0.append(text) }
  }

  func all(_ count: Int) async -> [String] {
    while true {
      let entries = kept.withLock { $0 }
      if entries.count >= count { return entries }
      await Task.yield()
    }
  }
}
