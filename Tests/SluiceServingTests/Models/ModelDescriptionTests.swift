import Sluice
import SluiceTestSupport
import Testing

@testable import SluiceServing

struct ModelDescriptionTests {
  private typealias Port = ModelDescription.Port

  private func interface(of network: Model) throws -> ModelDescription {
    let service = InferenceService(
      ServingOptions(engine: EngineOptions(backend: .reference)), clock: ManualClock())
    try service.add(network, name: "net", version: 3)
    return try service.version(of: "net").interface
  }

  @Test("a network made for one frame says its frame, its outputs and its states")
  func oneFrame() throws {
    let interface = try interface(of: .runningSum())
    #expect((interface.name, interface.version) == ("net", 3))
    #expect(interface.inputs == [Port(name: "x", elementType: .float32, shape: [-1, 2])])
    #expect(interface.outputs == [Port(name: "y", elementType: .float32, shape: [-1, 2])])
    #expect(
      interface.states == [
        ModelDescription.State(
          initial: Port(name: "sum", elementType: .float32, shape: [-1, 2]), output: "sum_out")
      ])
    let streaming = try #require(interface.streaming)
    #expect(streaming.frames == [Port(name: "x", elementType: .float32, shape: [1, 2])])
    #expect((streaming.framesPerStep, streaming.delay, streaming.warmUp) == (1, 0, 0))
  }

  @Test("a network of whole sequences says where batch and time are, and what one frame is")
  func sequences() throws {
    let path = PackageFolder.file("Examples/video-actions/video-actions.onnx")
    let interface = try interface(of: Model(path: path))
    #expect(
      interface.inputs == [
        Port(name: "frames", elementType: .float32, shape: [-1, -1, 1, 32, 32])
      ])
    #expect(
      interface.outputs == [
        Port(name: "probabilities", elementType: .float32, shape: [-1, -1, 8])
      ])
    #expect(interface.states == [])
    #expect(
      interface.streaming?.frames == [
        Port(name: "frames", elementType: .float32, shape: [1, 1, 1, 32, 32])
      ])
    #expect(interface.streaming?.results.map(\.shape) == [[1, 1, 8]])
  }

  @Test("a network that does not stream says what its file says")
  func whole() throws {
    let interface = try interface(of: .reverseSum)
    #expect(interface.inputs == [Port(name: "x", elementType: .float32, shape: [-1, -1, 3])])
    #expect(interface.streaming == nil)
  }
}
