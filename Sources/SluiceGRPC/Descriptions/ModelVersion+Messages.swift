import OpenInferenceProtocol
import Sluice
import SluiceServing

/// What clients ask about a model.
extension ModelVersion {
  /// Of whole sequences; a stream's frames are its inputs with their part of the time axis.
  var metadata: Inference_ModelMetadataResponse {
    let interface = interface
    return .with {
      $0.name = name
      $0.versions = ["\(number)"]
      $0.platform = ServerDescription.name
      $0.inputs = interface.inputs.map(\.metadata)
      $0.outputs = interface.outputs.map(\.metadata)
    }
  }

  /// In the form of Triton's model configuration.
  func configuration(_ options: ServingOptions) -> Inference_ModelConfig {
    let interface = interface
    return .with { config in
      config.name = name
      config.platform = ServerDescription.name
      config.backend = ServerDescription.name
      config.input = interface.inputs.map { port in
        .with { ($0.name, $0.dataType, $0.dims) = (port.name, port.dataType, port.sizes) }
      }
      config.output = interface.outputs.map { port in
        .with { ($0.name, $0.dataType, $0.dims) = (port.name, port.dataType, port.sizes) }
      }
      guard let streaming = interface.streaming else { return }
      config.sequenceBatching = .with { batching in
        batching.direct = Inference_ModelSequenceBatching.StrategyDirect()
        if let expiry = options.expiry {
          batching.maxSequenceIdleMicroseconds = UInt64(expiry / .microseconds(1))
        }
        batching.state = interface.states.map { state in
          .with {
            ($0.inputName, $0.outputName) = (state.initial.name, state.output ?? "")
            ($0.dataType, $0.dims) = (state.initial.dataType, state.initial.sizes)
          }
        }
      }
      config.parameters = [
        "frames_per_step": streaming.framesPerStep, "delay": streaming.delay,
        "warm_up": streaming.warmUp, "max_streams": slotCount,
      ].mapValues { number in .with { $0.stringValue = "\(number)" } }
    }
  }
}

extension ModelDescription.Port {
  fileprivate var sizes: [Int64] { (shape ?? []).map { Int64($0) } }

  fileprivate var metadata: Inference_ModelMetadataResponse.TensorMetadata {
    .with {
      $0.name = name
      $0.datatype = Datatype(elementType).rawValue
      $0.shape = sizes
    }
  }

  fileprivate var dataType: Inference_DataType {
    switch elementType {
    case .bool: .typeBool
    case .uint8: .typeUint8
    case .uint16: .typeUint16
    case .uint32: .typeUint32
    case .uint64: .typeUint64
    case .int8: .typeInt8
    case .int16: .typeInt16
    case .int32: .typeInt32
    case .int64: .typeInt64
    case .float32: .typeFp32
    case .float64: .typeFp64
    }
  }
}
