import FoundationEssentials
import OpenInferenceProtocol
import Sluice
import SluiceServing

extension Inference_ModelInferResponse {
  /// Outputs in the network's order, raw: Triton's clients read no others.
  init(_ answer: InferenceAnswer) {
    self = .with { response in
      response.modelName = answer.model
      response.modelVersion = "\(answer.version)"
      response.id = answer.id
      if let stream = answer.stream { response.parameters = stream.messages }
      for (name, tensor) in answer.outputs {
        response.outputs.append(
          .with {
            $0.name = name
            $0.datatype = Datatype(tensor.elementType).rawValue
            $0.shape = tensor.shape.map { Int64($0) }
          })
        response.rawOutputContents.append(Data(tensor.bytes))
      }
    }
  }
}

extension InferenceAnswer.StreamParameters {
  fileprivate var messages: [String: Inference_InferParameter] {
    var messages: [String: Inference_InferParameter] = [
      InferenceRequest.Parameter.stream: .with {
        if let number = Int64(identifier.text) {
          $0.int64Param = number
        } else {
          $0.stringParam = identifier.text
        }
      },
      "sequence_frames": .with { $0.int64Param = Int64(framesTaken) },
    ]
    if wasHibernated { messages["sequence_restored"] = .with { $0.boolParam = true } }
    return messages
  }
}
