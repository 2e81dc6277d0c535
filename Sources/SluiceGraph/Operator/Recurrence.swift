/// What GRU, LSTM and RNN have in common.
///
/// Axes: L steps, M rows, D directions (2 if bidirectional, else 1), I inputs, H units, G gates
/// (GRU 3, LSTM 4, RNN 1).
///
///     input   0  X         [L, M, I]
///             1  W         [D, G·H, I]     gates stacked in the operator's order
///             2  U         [D, G·H, H]     likewise ("R" in ONNX)
///             3  bias?     [D, 2·G·H]      the biases of W, then those of U; never added together
///             4  lengths?  [M]             int32: row m runs L = lengths[m] steps
///             5  initial?  [D, M, H]
///             6  initial cell?  [D, M, H]  LSTM only
///             7  peepholes?     [D, 3·H]   LSTM only: i, f, o
///     output  0  Y?        [L, D, M, H]
///             1  last?     [D, M, H]
///             2  last cell?     [D, M, H]  LSTM only
///
/// Differences from ONNX: gate order, the order of peepholes, and no `layout`: importers reorder rows
/// and transpose. Beyond a row's length Y is zero, the last state is that of its last valid step, and
/// a reverse direction starts there. Y of a reverse direction stands at the step it belongs to.
public struct Recurrence: Sendable, Hashable {
  public var hiddenSize: Int
  public var direction: Direction
  /// Limits the sum of every gate to `-clip…clip` before its activation. The cell of an LSTM goes
  /// into its output activation as it is: so does ONNX Runtime.
  public var clip: Float?

  public enum Direction: String, Sendable, Hashable {
    case forward, reverse, bidirectional

    /// The axis D.
    public var count: Int { self == .bidirectional ? 2 : 1 }
  }

  public init(hiddenSize: Int, direction: Direction = .forward, clip: Float? = nil) {
    self.hiddenSize = hiddenSize
    self.direction = direction
    self.clip = clip
  }
}

/// Gated recurrent unit (Cho et al. 2014, arXiv:1406.1078), gates r (reset), z (update),
/// n (candidate); f and g are the activations, per direction.
///
///     r = f(W_r x + b_r + U_r h + c_r)
///     z = f(W_z x + b_z + U_z h + c_z)
///     n = g(W_n x + b_n + r ⊙ (U_n h + c_n))     resetAfter
///     n = g(W_n x + b_n + U_n (r ⊙ h) + c_n)     otherwise
///     h' = (1 − z) ⊙ n + z ⊙ h
public struct GRU: Sendable, Hashable {
  public var recurrence: Recurrence
  /// ONNX `linear_before_reset`, Keras `reset_after`; PyTorch's only form.
  public var resetAfter: Bool
  /// f and g of the forward direction, then of the reverse one: 2 entries a direction.
  public var activations: [Activation]

  public init(_ recurrence: Recurrence, resetAfter: Bool, activations: [Activation]? = nil) {
    self.recurrence = recurrence
    self.resetAfter = resetAfter
    self.activations =
      activations
      ?? Array(repeating: [.sigmoid, .tanh], count: recurrence.direction.count).flatMap { $0 }
  }
}

/// Long short-term memory (Hochreiter & Schmidhuber 1997), gates i, f, g, o with peepholes p;
/// f, g, h are the activations, per direction.
///
///     i = f(W_i x + b_i + U_i h + c_i + p_i ⊙ c)       f likewise, or 1 − i if inputForget
///     g = g(W_g x + b_g + U_g h + c_g)
///     c' = f ⊙ c + i ⊙ g
///     o = f(W_o x + b_o + U_o h + c_o + p_o ⊙ c')      h' = o ⊙ h(c')
public struct LSTM: Sendable, Hashable {
  public var recurrence: Recurrence
  /// Couples the forget gate to the input gate.
  public var inputForget: Bool
  /// f, g and h of the forward direction, then of the reverse one: 3 entries a direction.
  public var activations: [Activation]

  public init(_ recurrence: Recurrence, inputForget: Bool = false, activations: [Activation]? = nil)
  {
    self.recurrence = recurrence
    self.inputForget = inputForget
    self.activations =
      activations
      ?? Array(repeating: [.sigmoid, .tanh, .tanh], count: recurrence.direction.count)
      .flatMap { $0 }
  }
}

/// Elman network: h' = f(W x + b + U h + c).
public struct RNN: Sendable, Hashable {
  public var recurrence: Recurrence
  /// f of the forward direction, then of the reverse one.
  public var activations: [Activation]

  public init(_ recurrence: Recurrence, activations: [Activation]? = nil) {
    self.recurrence = recurrence
    self.activations =
      activations ?? Array(repeating: .tanh, count: recurrence.direction.count)
  }
}

/// The activations ONNX allows inside a recurrence, with their parameters.
public enum Activation: Sendable, Hashable {
  case sigmoid, tanh, relu, softsign, softplus
  /// x ≥ 0 ? x : alpha · x
  case leakyRelu(alpha: Float)
  /// x ≥ alpha ? x : 0
  case thresholdedRelu(alpha: Float)
  /// x ≥ 0 ? x : alpha · (eˣ − 1)
  case elu(alpha: Float)
  /// min(max(alpha · x + beta, 0), 1)
  case hardSigmoid(alpha: Float, beta: Float)
  /// alpha · tanh(beta · x)
  case scaledTanh(alpha: Float, beta: Float)
  /// alpha · x + beta
  case affine(alpha: Float, beta: Float)
}
