import SluiceFormats
import SluiceGraph
import Testing

@testable import SluiceCLI

@Suite("Files that hold frames and answers")
struct ReferenceFileTests {
  private let tensor = Tensor([Float(1)], shape: [1, 1])

  private func file(_ names: [String], meta: Bool = true) -> ArrayFile {
    var entries = names.map { NPZFile.Entry($0, tensor) }
    if meta { entries.append(NPZFile.Entry("meta", .text(["{}"]))) }
    return ArrayFile(path: "ref.npz", entries: entries)
  }

  @Test func `a prefix says what an array is, and the name behind it may hold dots`() throws {
    let reference = try #require(
      ReferenceFile(file(["x.mix", "y.out.0", "s0.h", "s.h_out", "slast.c_out", "c.rate"])))
    #expect(Array(reference.frames.keys) == ["mix"])
    #expect(Array(reference.outputs.keys) == ["out.0"])
    #expect(Array(reference.initialStates.keys) == ["h"])
    #expect(Array(reference.statesAfterEachCall.keys) == ["h_out"])
    #expect(Array(reference.finalStates.keys) == ["c_out"])
    #expect(Array(reference.constants.keys) == ["rate"])
  }

  @Test func `without meta, or without frames, a file is an ordinary one`() {
    #expect(ReferenceFile(file(["x.mix", "y.out"], meta: false)) == nil)
    #expect(ReferenceFile(file(["mix", "out"])) == nil)
  }
}
