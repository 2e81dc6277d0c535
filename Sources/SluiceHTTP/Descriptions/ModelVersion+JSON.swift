import Sluice
import SluiceFormats
import SluiceServing

/// What clients ask about a model.
extension ModelVersion {
  /// Of whole sequences; a stream's frames are its inputs with their part of the time axis.
  var metadata: JSONValue {
    let interface = interface
    return [
      "name": .string(name), "versions": [.string("\(number)")], "platform": "sluice",
      "inputs": .array(interface.inputs.map(\.metadata)),
      "outputs": .array(interface.outputs.map(\.metadata)),
    ]
  }

  /// In the form of Triton's model configuration.
  func configuration(_ options: ServingOptions) -> JSONValue {
    let interface = interface
    var configuration: JSONValue = [
      "name": .string(name), "platform": "sluice", "backend": "sluice", "max_batch_size": 0,
      "input": .array(interface.inputs.map(\.configuration)),
      "output": .array(interface.outputs.map(\.configuration)),
    ]
    guard let streaming = interface.streaming else { return configuration }
    var batching: JSONValue = [
      "direct": [:], "state": .array(interface.states.map(\.configuration)),
    ]
    if let expiry = options.expiry {
      batching.append(
        "max_sequence_idle_microseconds", JSONValue(Int(expiry / .microseconds(1))))
    }
    configuration.append("sequence_batching", batching)
    configuration.append(
      "parameters",
      [
        "frames_per_step": .parameter("\(streaming.framesPerStep)"),
        "delay": .parameter("\(streaming.delay)"), "warm_up": .parameter("\(streaming.warmUp)"),
        "max_streams": .parameter("\(slotCount)"),
      ])
    return configuration
  }
}

extension ModelDescription.Streaming {
  /// What a client has to know to send frames: of the WebSocket's first message, and of the status.
  var members: [JSONValue.Member] {
    [
      JSONValue.Member(key: "inputs", value: .array(frames.map(\.metadata))),
      JSONValue.Member(key: "outputs", value: .array(results.map(\.metadata))),
      JSONValue.Member(key: "frames_per_step", value: JSONValue(framesPerStep)),
      JSONValue.Member(key: "delay", value: JSONValue(delay)),
      JSONValue.Member(key: "warm_up", value: JSONValue(warmUp)),
    ]
  }
}

extension ModelDescription.Port {
  fileprivate var dimensions: JSONValue { .array((shape ?? []).map { JSONValue($0) }) }

  /// As in the protocol's metadata, and what its entries stand for.
  var metadata: JSONValue {
    var metadata: JSONValue = [
      "name": .string(name), "datatype": .string(Datatype(elementType).rawValue),
      "shape": dimensions,
    ]
    if !labels.isEmpty { metadata.append("labels", .array(labels.map { .string($0) })) }
    return metadata
  }

  /// As in Triton's configuration.
  fileprivate var configuration: JSONValue {
    ["name": .string(name), "data_type": .string(configurationType), "dims": dimensions]
  }

  fileprivate var configurationType: String { "TYPE_\(Datatype(elementType).rawValue)" }
}

extension ModelDescription.State {
  fileprivate var configuration: JSONValue {
    [
      "input_name": .string(initial.name), "output_name": .string(output ?? ""),
      "data_type": .string(initial.configurationType), "dims": initial.dimensions,
    ]
  }
}

extension JSONValue {
  /// A parameter as Triton's configuration has it.
  fileprivate static func parameter(_ text: String) -> JSONValue {
    ["string_value": .string(text)]
  }
}
