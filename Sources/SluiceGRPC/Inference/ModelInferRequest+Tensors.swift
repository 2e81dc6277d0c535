import FoundationEssentials
import GRPCCore
import OpenInferenceProtocol
import Sluice
import SluiceServing

extension Inference_ModelInferRequest {
  /// The inputs by name, raw or typed.
  ///
  /// - Throws: `invalidArgument`.
  func tensors() throws(RPCError) -> [String: Tensor] {
    let isRaw = !rawInputContents.isEmpty
    guard !isRaw || rawInputContents.count == inputs.count else {
      throw .invalid(
        "raw_input_contents: expected one for each of the \(inputs.count) inputs; found "
          + "\(rawInputContents.count)")
    }
    var tensors: [String: Tensor] = [:]
    for (index, input) in inputs.enumerated() {
      let raw = isRaw ? rawInputContents[index] : nil
      guard tensors.updateValue(try input.tensor(raw: raw), forKey: input.name) == nil else {
        throw .invalid("input '\(input.name)' is there twice")
      }
    }
    return tensors
  }
}

extension Inference_ModelInferRequest.InferInputTensor {
  /// Axes of a tensor.
  private static let maximumRank = 16

  fileprivate func tensor(raw: Data?) throws(RPCError) -> Tensor {
    if parameters["shared_memory_region"] != nil {
      throw .invalid("input '\(name)': 'shared_memory_region' is not supported here")
    }
    guard let type = Datatype(rawValue: datatype) else {
      let known = Datatype.allCases.map(\.rawValue).joined(separator: ", ")
      throw .invalid("input '\(name)': expected a datatype of \(known); found '\(datatype)'")
    }
    let sizes = try sizes()
    guard let raw else { return try typed(type, sizes) }
    guard !hasContents else {
      throw .invalid("input '\(name)': expected contents or raw_input_contents; found both")
    }
    guard let tensor = Tensor(type, shape: sizes, bytes: ArraySlice([UInt8](raw))) else {
      throw .invalid(
        "input '\(name)': \(datatype) of shape \(sizes) does not have \(raw.count) bytes")
    }
    return tensor
  }

  private func sizes() throws(RPCError) -> [Int] {
    let sizes = shape.compactMap { Int(exactly: $0) }
    guard sizes.count == shape.count, sizes.count <= Self.maximumRank,
      Tensor.elementCount(of: sizes) != nil
    else {
      throw .invalid(
        "input '\(name)': expected a shape of up to \(Self.maximumRank) whole numbers from 0")
    }
    return sizes
  }

  private func typed(_ type: Datatype, _ sizes: [Int]) throws(RPCError) -> Tensor {
    guard let elements = contents.elements(type) else {
      throw .invalid(
        "input '\(name)': its contents are no \(datatype) numbers, or it comes as raw_input_contents only"
      )
    }
    let expected = Tensor.elementCount(of: sizes) ?? 0
    guard elements.count == expected else {
      throw .invalid(
        "input '\(name)': \(datatype) of shape \(sizes) has \(expected) elements; found \(elements.count)"
      )
    }
    return Tensor(shape: sizes, elements: elements)
  }
}

extension Inference_InferTensorContents {
  /// The field for a datatype; integers of 8 and 16 bits share one with those of 32.
  ///
  /// - Returns: nil for numbers that the datatype does not have, and for half-precision ones, which have
  ///   no field.
  fileprivate func elements(_ type: Datatype) -> Tensor.Elements? {
    switch type {
    case .bool: .bool(boolContents)
    case .int8: narrowed(intContents).map { .int8($0) }
    case .int16: narrowed(intContents).map { .int16($0) }
    case .int32: .int32(intContents)
    case .int64: .int64(int64Contents)
    case .uint8: narrowed(uintContents).map { .uint8($0) }
    case .uint16: narrowed(uintContents).map { .uint16($0) }
    case .uint32: .uint32(uintContents)
    case .uint64: .uint64(uint64Contents)
    case .float32: .float32(fp32Contents)
    case .float64: .float64(fp64Contents)
    case .float16, .bfloat16: nil
    }
  }

  private func narrowed<Wide: BinaryInteger, Narrow: BinaryInteger>(_ wide: [Wide]) -> [Narrow]? {
    let narrow = wide.compactMap { Narrow(exactly: $0) }
    return narrow.count == wide.count ? narrow : nil
  }
}
