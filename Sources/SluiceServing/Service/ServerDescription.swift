/// What a server says of itself, in the Open Inference Protocol's terms.
public enum ServerDescription {
  public static let name = "sluice"
  public static let version = "1"
  /// Of Triton's extensions of the protocol.
  public static let extensions = [
    "binary_tensor_data", "model_configuration", "model_repository", "sequence", "statistics",
  ]
}
