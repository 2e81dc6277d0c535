import FoundationEssentials
import SluiceFormats
import SluiceGraph
import Testing

/// Old and rare forms of operators, computed by the reference backend and compared with ONNX Runtime:
/// `Fixtures/make_onnx_fixtures.py` made both.
@Suite struct `ONNX operator forms` {
  struct Case: Decodable, CustomTestStringConvertible {
    struct Array: Decodable {
      var type: String
      var shape: [Int]
      var values: [Double]

      func tensor() throws -> Tensor {
        let type = try #require(ElementType(rawValue: type))
        return Tensor(values, shape: shape).converted(to: type)
      }
    }

    var name: String
    var inputs: [String: Array]
    var outputs: [String: Array]
    var testDescription: String { name }
  }

  static let cases =
    (try? JSONDecoder().decode([Case].self, from: Data(ONNXFixtures.bytes("cases.json")))) ?? []

  @Test func `The fixtures are there`() { #expect(Self.cases.count >= 80) }

  @Test(arguments: cases)
  func `A form means what ONNX Runtime takes it to mean`(form: Case) throws {
    let graph = try ONNXFile.load(path: ONNXFixtures.path("\(form.name).onnx"))
    #expect(graph.outputNames.sorted() == form.outputs.keys.sorted())
    let results = try graph.evaluated(form.inputs.mapValues { try $0.tensor() })
    for (name, array) in form.outputs {
      let expected = try array.tensor()
      let found = try #require(results[name])
      #expect(found.shape == expected.shape)
      #expect(found.elementType == expected.elementType)
      for (a, b) in zip(found.doubles(), expected.doubles()) where a != b {
        #expect(abs(a - b) <= 1e-5 + 1e-5 * abs(b))
      }
    }
  }
}

/// What `make_onnx_fixtures.py` made.
enum ONNXFixtures {
  static func path(_ name: String) -> String { FixtureFiles.path("../ONNX/\(name)") }

  static func bytes(_ name: String) throws -> [UInt8] {
    try FileContent.read(path: path(name)).bytes
  }
}
