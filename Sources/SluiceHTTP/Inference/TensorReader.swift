import Sluice
import SluiceFormats
import SluiceServing

/// Reads the tensors of a request, those in JSON and those behind it.
struct TensorReader {
  /// Binary tensors that were not taken yet.
  private var rest: ArraySlice<UInt8>

  /// Axes of a tensor.
  private static let maximumRank = 16

  init(rest: ArraySlice<UInt8>) { self.rest = rest }

  /// The inputs by name.
  ///
  /// - Throws: `HTTPFailure` 400.
  mutating func tensors(_ body: JSONValue) throws -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for input in try body.list("inputs") ?? [] {
      guard let name = try input.string("name") else {
        throw HTTPFailure(.badRequest, "inputs: expected a 'name' in each")
      }
      guard tensors.updateValue(try tensor(input, name), forKey: name) == nil else {
        throw HTTPFailure(.badRequest, "input '\(name)' is there twice")
      }
    }
    guard rest.isEmpty else {
      throw HTTPFailure(
        .badRequest, "\(rest.count) bytes behind the binary tensors that the inputs announce")
    }
    return tensors
  }

  private mutating func tensor(_ input: JSONValue, _ name: String) throws -> Tensor {
    try input.refuse(["shared_memory_region"], of: "input '\(name)'")
    let shape = try shape(input, name)
    let text = try input.string("datatype") ?? ""
    guard let datatype = Datatype(rawValue: text) else {
      let known = Datatype.allCases.map(\.rawValue).joined(separator: ", ")
      throw HTTPFailure(
        .badRequest, "input '\(name)': expected a datatype of \(known); found '\(text)'")
    }
    guard let size = input["parameters"]?["binary_data_size"] else {
      return try listed(input["data"], datatype, shape, name)
    }
    guard let count = size.integer, count >= 0, count <= rest.count else {
      throw HTTPFailure(
        .badRequest,
        "input '\(name)': its binary_data_size is no whole number up to the \(rest.count) bytes that are "
          + "left")
    }
    let bytes = rest.prefix(count)
    rest = rest.dropFirst(count)
    guard let tensor = Tensor(datatype, shape: shape, bytes: bytes) else {
      throw HTTPFailure(
        .badRequest, "input '\(name)': \(text) of shape \(shape) does not have \(count) bytes")
    }
    return tensor
  }

  private func shape(_ input: JSONValue, _ name: String) throws(HTTPFailure) -> [Int] {
    let list = try input.list("shape")
    let sizes = list?.compactMap(\.integer)
    guard let sizes, sizes.count == list?.count, sizes.count <= TensorReader.maximumRank,
      Tensor.elementCount(of: sizes) != nil
    else {
      throw HTTPFailure(
        .badRequest,
        "input '\(name)': expected a shape of up to \(TensorReader.maximumRank) whole numbers from 0"
      )
    }
    return sizes
  }

  /// A tensor whose numbers are in the JSON.
  private func listed(
    _ data: JSONValue?, _ datatype: Datatype, _ shape: [Int], _ name: String
  ) throws -> Tensor {
    guard case .text(let text)? = data else {
      throw HTTPFailure(
        .badRequest,
        "input '\(name)': expected 'data', a list, or binary data; found \(data?.kind ?? "neither")"
      )
    }
    guard datatype != .float16, datatype != .bfloat16 else {
      throw HTTPFailure(
        .badRequest, "input '\(name)': \(datatype.rawValue) comes as binary data only")
    }
    let count = Tensor.elementCount(of: shape) ?? 0
    do {
      var reader = NumberReader(text, expected: count)
      return Tensor(shape: shape, elements: try reader.elements(datatype.elementType))
    } catch {
      throw HTTPFailure(
        .badRequest, "input '\(name)', \(datatype.rawValue) of shape \(shape): \(error.message)")
    }
  }
}
