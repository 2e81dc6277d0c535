import Testing

@testable import Sluice

struct StreamPositionTests {
  @Test("a step is due with the last of its frames", arguments: 1...5)
  func stepsAndFrames(framesPerStep: Int) {
    var position = StreamPosition(framesPerStep: framesPerStep, warmUp: 0)
    for frame in 0..<17 {
      #expect(position.steps == frame / framesPerStep)
      #expect(position.pending == frame % framesPerStep)
      #expect(position.framesConsumed == frame / framesPerStep * framesPerStep)
      #expect(position.isStepNext == ((frame + 1) % framesPerStep == 0))
      position.takeFrame()
    }
  }

  @Test("warm-up counts every frame down to nothing")
  func warmUp() {
    var position = StreamPosition(framesPerStep: 2, warmUp: 4)
    var left: [Int] = []
    for _ in 0..<6 {
      left.append(position.warmUpLeft)
      position.takeFrame()
    }
    #expect(left == [4, 3, 2, 1, 0, 0])
    position.reset()
    #expect(position.warmUpLeft == 4)
  }

  @Test(
    "a place where no stream can stand is refused and nothing moves",
    arguments: [(-1, 0), (0, -1), (0, 2), (Int.max, 0), (Int.max / 2, 1)])
  func impossiblePlaces(steps: Int, pending: Int) {
    var position = StreamPosition(framesPerStep: 2, warmUp: 4)
    let before = position
    let isPlace = position.move(toSteps: steps, pending: pending)
    #expect(!isPlace)
    #expect(position == before)
  }
}
