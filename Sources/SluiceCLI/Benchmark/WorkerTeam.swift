import Glibc
import Synchronization

/// Threads that work in rounds, all at the same time: the caller's, which is worker 0, and helpers.
/// Between rounds helpers spin, so that a round has no wake-up in it.
final class WorkerTeam: Sendable {
  private let count: Int
  private let work: @Sendable (_ worker: Int, _ round: Int) -> Void
  /// Rounds begun, and helpers' shares of them that are done.
  private let begun = Atomic(0)
  private let finished = Atomic(0)
  private let isOver = Atomic(false)

  /// - Parameter work: one worker's share of a round, the first of which is 0.
  init(count: Int, work: @escaping @Sendable (_ worker: Int, _ round: Int) -> Void) {
    self.count = count
    self.work = work
    for worker in 1..<max(1, count) { start(worker) }
  }

  /// Runs one round to its end.
  func runRound() {
    let round = begun.add(1, ordering: .acquiringAndReleasing).oldValue
    work(0, round)
    spin { finished.load(ordering: .acquiring) == (round + 1) * (count - 1) }
  }

  /// Lets the helpers go.
  func end() { isOver.store(true, ordering: .releasing) }

  private func help(_ worker: Int) {
    var round = 0
    while true {
      spin { begun.load(ordering: .acquiring) > round || isOver.load(ordering: .acquiring) }
      if begun.load(ordering: .acquiring) == round { return }
      work(worker, round)
      finished.add(1, ordering: .releasing)
      round += 1
    }
  }

  /// Where there are fewer cores than threads, the others get theirs.
  private func spin(until condition: () -> Bool) {
    var turns = 0
    while !condition() {
      turns += 1
      if turns % 1024 == 0 { sched_yield() }
    }
  }

  private func start(_ worker: Int) {
    let share = unsafe Unmanaged.passRetained(Helper(team: self, worker: worker))
    var thread = pthread_t()
    let status = unsafe pthread_create(
      &thread, nil,
      { context in
        guard let context = unsafe context else { return nil }
        let helper = unsafe Unmanaged<Helper>.fromOpaque(context).takeRetainedValue()
        helper.team.help(helper.worker)
        return nil
      }, share.toOpaque())
    precondition(status == 0, "no thread for worker \(worker): error \(status)")
    pthread_detach(thread)
  }

  private final class Helper: Sendable {
    let team: WorkerTeam
    let worker: Int

    init(team: WorkerTeam, worker: Int) {
      self.team = team
      self.worker = worker
    }
  }
}
