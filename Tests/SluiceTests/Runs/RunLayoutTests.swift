import Sluice
import Testing

@testable import Sluice

/// Arrays of several inputs that have to agree.
struct RunLayoutTests {
  private let frames = StreamPort(
    name: "frames", shape: [1, 2, 3], elementType: .float32, timeAxis: 1, batchAxis: 0,
    entriesPerStep: 2)
  /// Two entries a frame, time first, no batch.
  private let audio = StreamPort(
    name: "audio", shape: [4, 1], elementType: .float32, timeAxis: 0, batchAxis: nil,
    entriesPerStep: 4)
  /// No time: the same for a whole sequence.
  private let speaker = StreamPort(
    name: "speaker", shape: [1, 2], elementType: .float32, timeAxis: nil, batchAxis: 0,
    entriesPerStep: 1)

  @Test("calls, rows and frames are what the arrays agree on")
  func agreement() throws {
    let layout = try layout([5, 2, 6, 3], [12, 1], [5, 2, 2])
    #expect((layout.calls, layout.rows, layout.framesPerCall) == (5, 2, 6))
    #expect(layout.timeAxis == 1)
    let arrays = layout.arrays(ofCall: 4)
    #expect(arrays.map(\.shape) == [[2, 6, 3], [12, 1], [2, 2]])
    let rows = layout.frames(arrays, at: 5, rows: 0..<2)
    #expect(
      rows.map { $0.map(\.shape) } == Array(repeating: [[1, 1, 3], [2, 1], [1, 2]], count: 2))
    #expect(rows[1][0].floats() == [177, 178, 179])
    #expect(rows[0][1].floats() == [10, 11])
    #expect(rows[1][2].floats() == [18, 19])
  }

  @Test("a batch of 1, and an array without the leading axis, are repeated")
  func repetition() throws {
    let layout = try layout([5, 3, 2, 3], [4, 1], [1, 2])
    #expect((layout.calls, layout.rows, layout.framesPerCall) == (5, 3, 2))
    let rows = layout.frames(layout.arrays(ofCall: 2), at: 0, rows: 1..<3)
    #expect(rows.map { $0[2].floats() } == [[0, 1], [0, 1]])
    #expect(try self.layout([1, 2, 3], [4, 1], [7, 2]).rows == 7)
  }

  @Test(
    "arrays that do not agree are refused, both named",
    arguments: [
      ([1, 6, 3], [4, 1], [1, 2], "'frames' has 6 frames and 'audio' has 2"),
      (
        [5, 1, 2, 3], [4, 1], [3, 1, 2],
        "'frames' has 5 entries along the leading axis and 'speaker' has 3"
      ),
      ([2, 2, 3], [4, 1], [3, 2], "'frames' has 2 rows of the batch and 'speaker' has 3"),
      (
        [1, 2, 3], [5, 1], [1, 2],
        "'audio' is [2·time, 1], or that with one more leading axis; found [5, 1]"
      ),
      (
        [1, 2, 3], [4, 2], [1, 2],
        "'audio' is [2·time, 1], or that with one more leading axis; found [4, 2]"
      ),
    ])
  func disagreement(frames: [Int], audio: [Int], speaker: [Int], message: String) {
    expectError("frameRefused", message) { try layout(frames, audio, speaker) }
  }

  private func layout(_ frames: [Int], _ audio: [Int], _ speaker: [Int]) throws -> RunLayout {
    let ports = try [self.frames, self.audio, self.speaker].map {
      try FramePort($0, framesPerStep: 2)
    }
    return try RunLayout(
      ports,
      arrays: ["frames": counted(frames), "audio": counted(audio), "speaker": counted(speaker)])
  }

  private func counted(_ shape: [Int]) -> Tensor {
    Tensor((0..<shape.reduce(1, *)).map { Float($0) }, shape: shape)
  }
}
