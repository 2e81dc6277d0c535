import Foundation
import SluiceGraph
import Testing

@testable import SluiceFormats

/// A file made to harm, or damaged.
struct HostileFile: Sendable, CustomTestStringConvertible {
  let name: String
  /// Writes what is needed into a folder and returns the command line that reads it.
  let write: @Sendable (TemporaryFolder) throws -> [String]

  var testDescription: String { name }

  /// A network in a file of its own, inspected.
  private static func network(
    _ name: String, _ build: @escaping @Sendable (inout ONNXNetwork) -> Void
  ) -> HostileFile {
    file(name, as: "\(name).onnx") {
      var network = ONNXNetwork()
      network.input("x", [1, 4])
      build(&network)
      return network.file
    }
  }

  private static func file(
    _ name: String, as path: String, _ bytes: @escaping @Sendable () -> [UInt8]
  ) -> HostileFile {
    HostileFile(name: name) { folder in
      try AtomicFile.write(bytes(), to: folder.file(path))
      return ["inspect", folder.file(path)]
    }
  }

  static let all: [HostileFile] =
    networks + [
      file("noise", as: "noise.onnx") { (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 167) } },
      file("empty", as: "empty.onnx") { [] },
      file("huge-header", as: "huge.safetensors") {
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f] + Array("{\"a\":1}".utf8)
      },
      file("legacy-pickle", as: "legacy.pt") { Array("cos\nsystem\n(S'true'\ntR.".utf8) },
      HostileFile(name: "pickle-that-runs-a-command") { folder in
        let mark = folder.file("command-ran")
        var archive = ZipWriter(path: folder.file("model.pt"))
        let pickle = Array("cos\nsystem\n(S'touch \(mark)'\ntR.".utf8)
        try archive.add("model/data.pkl", pickle, deflated: false)
        try AtomicFile.write(archive.finished(), to: folder.file("model.pt"))
        return ["inspect", folder.file("model.pt")]
      },
      HostileFile(name: "description-that-leaves-its-folder") { folder in
        let text = "{\"sluice\": 1, \"model\": \"../../../../etc/passwd\"}"
        try AtomicFile.write(text, to: folder.file("model.json"))
        return ["inspect", folder.path]
      },
      HostileFile(name: "zip-bomb") { folder in
        var network = ONNXNetwork()
        network.input("x", [1, 4])
        network.node("Relu", ["x"], ["y"])
        network.output("y", [1, 4])
        try AtomicFile.write(network.file, to: folder.file("net.onnx"))
        let zeros = Tensor(zeros: .float32, shape: [25 << 20])
        try NPZFile.write(
          [NPZFile.Entry("x", zeros)], path: folder.file("x.npz"), compressed: true)
        return [
          "run", folder.file("net.onnx"), "--input", folder.file("x.npz"), "--output",
          folder.file("y.npz"),
        ]
      },
    ]

  private static let networks: [HostileFile] = [
    network("cycle") { network in
      network.node("Add", ["x", "b"], ["a"])
      network.node("Relu", ["a"], ["b"])
      network.output("b", [1, 4])
    },
    network("negative-dimension") { network in
      network.constant("w", dimensions: [-4], floats: [1])
      network.node("Add", ["x", "w"], ["y"])
      network.output("y", [1, 4])
    },
    network("two-to-the-forty-elements") { network in
      network.constant("w", dimensions: [1 << 40], floats: [1])
      network.node("Add", ["x", "w"], ["y"])
      network.output("y", [1, 4])
    },
    network("constant-of-shape") { network in
      network.constant("shape", dimensions: [1], integers: [1 << 40])
      network.node("ConstantOfShape", ["shape"], ["w"])
      network.node("Add", ["x", "w"], ["y"])
      network.output("y", [1, 4])
    },
    network("tile-of-tile") { network in
      network.constant("one", dimensions: [1024], floats: Array(repeating: 1, count: 1024))
      network.constant("times", dimensions: [1], integers: [1 << 14])
      network.node("Tile", ["one", "times"], ["a"])
      network.node("Tile", ["a", "times"], ["b"])
      network.node("ReduceSum", ["b"], ["c"])
      network.node("Add", ["x", "c"], ["y"])
      network.output("y", [1, 4])
    },
    network("expand") { network in
      network.constant("one", dimensions: [1, 1], floats: [1])
      network.constant("target", dimensions: [2], integers: [1 << 20, 1 << 20])
      network.node("Expand", ["one", "target"], ["a"])
      network.node("ReduceSum", ["a"], ["c"])
      network.node("Add", ["x", "c"], ["y"])
      network.output("y", [1, 4])
    },
    network("range") { network in
      network.constant("start", dimensions: [], integers: [0])
      network.constant("limit", dimensions: [], integers: [1_000_000_000_000])
      network.constant("step", dimensions: [], integers: [1])
      network.node("Range", ["start", "limit", "step"], ["a"])
      network.node("ReduceSum", ["a"], ["c"])
      network.node("Cast", ["c"], ["d"])
      network.node("Add", ["x", "d"], ["y"])
      network.output("y", [1, 4])
    },
    network("deep-if") { network in
      var branch = ONNXNetwork()
      branch.node("Identity", ["x"], ["inner"])
      branch.output("inner", [1, 4])
      for _ in 0..<10_000 {
        var outer = ONNXNetwork()
        let inner = ["then_branch", "else_branch"].prefix(1).map {
          ONNXNetwork.attribute($0, graph: branch.message)
        }
        outer.node("If", ["condition"], ["inner"], attributes: inner)
        branch = outer
      }
      network.input("condition", [1], type: 9)
      network.node(
        "If", ["condition"], ["y"],
        attributes: [ONNXNetwork.attribute("then_branch", graph: branch.message)])
      network.output("y", [1, 4])
    },
    network("external-data-outside") { network in
      network.externalConstant("w", dimensions: [4], location: "../../../../etc/passwd")
      network.node("Add", ["x", "w"], ["y"])
      network.output("y", [1, 4])
    },
  ]
}
