import Foundation
import Sluice
import SluiceTestSupport
import Testing

@testable import SluiceServing

struct ClassNamesTests {
  @Test("the names beside a model's file, or in its folder, are those of the example")
  func example() {
    let folder = PackageFolder.file("Examples/video-actions")
    let names = ClassNames(besideModel: "\(folder)/video-actions.onnx").names
    #expect(names.count == 8)
    #expect(names.first == "move left")
    #expect(ClassNames(besideModel: folder).names == names)
    #expect(ClassNames(besideModel: "\(folder)/nothing.onnx").names.isEmpty)
    #expect(ClassNames(besideModel: "\(folder)/clips").names.isEmpty)
  }

  @Test("lines end in either way; what is not text, or too long, names nothing")
  func files() throws {
    let folder = try TemporaryRepository()
    try folder.makeFolder("m")
    let path = "\(folder.repository.path)/m"
    for (bytes, names) in [
      (Data("a\r\nb c\n\nd".utf8), ["a", "b c", "d"]), (Data([0xFF, 0xFE]), []),
      (Data(repeating: 0x41, count: 2 << 20), []), (Data(), []),
    ] {
      try bytes.write(to: URL(filePath: "\(path)/labels.txt"))
      #expect(ClassNames(besideModel: path).names == names)
    }
    try folder.remove("m/labels.txt")
    try folder.makeFolder("m/labels.txt")
    #expect(ClassNames(besideModel: path).names.isEmpty)
  }

  @Test("results with as many entries have them, frames and other results have none")
  func results() throws {
    for (names, labels) in [(["left", "right"], ["left", "right"]), (["left"], [])] {
      let service = InferenceService(
        ServingOptions(engine: EngineOptions(backend: .reference)), clock: ManualClock())
      try service.add(.runningSum(), name: "sum", classNames: ClassNames(names))
      let streaming = try #require(try service.version(of: "sum").interface.streaming)
      #expect(streaming.results.map(\.labels) == [labels])
      #expect(streaming.frames.map(\.labels) == [[]])
    }
  }

  @Test("a version of the repository brings its own")
  func repository() async throws {
    let folder = try TemporaryRepository()
    try folder.put(.onnx, "video", version: 1)
    try Data("1\n2\n3\n4\n5\n6\n7\n8\n".utf8)
      .write(to: URL(filePath: "\(folder.repository.path)/video/1/labels.txt"))
    let service = InferenceService(repository: folder.repository, clock: ManualClock())
    try await service.load("video")
    let streaming = try #require(try service.version(of: "video").interface.streaming)
    #expect(streaming.results.first?.labels == ["1", "2", "3", "4", "5", "6", "7", "8"])
  }
}
