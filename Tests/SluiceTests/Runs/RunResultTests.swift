import Sluice
import Testing

@testable import Sluice

struct RunResultTests {
  @Test("the summary says mode, extent, latency and backend")
  func summary() {
    let result = result(nanoseconds: [3000, 1000, 2000, 10_040])
    #expect(
      result.runSummary == [
        "stream mode: asked for", "2 streams, 4 frames, 4 steps each",
        "step latency: p50 2.0 µs, p99 10.0 µs over 4",
        "backend: cpu (a processor): faster",
        "considered: reference (scalar), predicted 2000 µs a step: slower",
        "A note.",
      ])
  }

  @Test(
    "a quantile is the shortest time that enough steps did not exceed",
    arguments: [
      (0.0, 1.0), (0.25, 1.0), (0.26, 2.0), (0.5, 2.0), (0.75, 3.0), (0.99, 4.0), (1.0, 4.0),
      (7.0, 4.0), (-1.0, 1.0),
    ])
  func quantiles(fraction: Double, expected: Double) {
    let result = result(nanoseconds: [3000, 1000, 4000, 2000])
    #expect(result.stepMicroseconds(quantile: fraction) == expected)
  }

  @Test("no step, no latency")
  func noSteps() {
    #expect(result(nanoseconds: []).stepMicroseconds(quantile: 0.5) == nil)
    #expect(result(nanoseconds: [1]).stepMicroseconds(quantile: .nan) == nil)
    #expect(result(nanoseconds: []).runSummary.count == 5)
  }

  private func result(nanoseconds: [UInt64]) -> RunResult {
    RunResult(
      outputs: [:], finalStates: [:], insertedTimeAxes: [:], mode: .stream,
      modeReason: "asked for",
      backend: BackendDecision(
        backend: "cpu", device: "a processor", reason: "faster",
        candidates: [
          BackendCandidate(backend: "cpu", device: "a processor", reason: "faster"),
          BackendCandidate(
            backend: "reference", device: "scalar", predictedStep: .milliseconds(2),
            reason: "slower"),
        ]),
      calls: 4, streams: 2, frames: 4, steps: 4, stepNanoseconds: nanoseconds, notes: ["A note."])
  }
}
