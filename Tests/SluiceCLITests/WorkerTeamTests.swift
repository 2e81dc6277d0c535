import Synchronization
import Testing

@testable import SluiceCLI

@Suite("A team of workers")
struct WorkerTeamTests {
  private final class Shares: Sendable {
    let seen = Mutex<[[Int]]>([])
  }

  @Test(arguments: [1, 2, 5])
  func `does every worker's share of a round before the next begins`(count: Int) {
    let shares = Shares()
    let team = WorkerTeam(count: count) { worker, round in
      shares.seen.withLock { $0.append([round, worker]) }
    }
    for round in 0..<50 {
      team.runRound()
      let seen = shares.seen.withLock { $0 }
      #expect(seen.count == (round + 1) * count)
      let last = seen.suffix(count)
      #expect(Set(last) == Set((0..<count).map { [round, $0] }))
    }
    team.end()
  }
}
