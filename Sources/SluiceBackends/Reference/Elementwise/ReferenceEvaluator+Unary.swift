import Glibc
import SluiceGraph

extension ReferenceEvaluator {
  func unary(_ arguments: Arguments, _ op: UnaryOperator) throws(GraphError) -> Tensor {
    let input = try arguments.required(0)
    switch (op, input.elements) {
    case (.not, .bool(let array)):
      return Tensor(array.map { !$0 }, shape: input.shape)
    case (.not, _):
      throw GraphError(.unsupported, "not takes bool, found \(input.elementType)")
    case (_, .float32), (_, .float64):
      return arguments.rounded(input.doubles().map { value(of: op, $0) }, shape: input.shape)
    default:
      return try input.accept(IntegerUnary(op: op, shape: input.shape))
    }
  }

  /// What ONNX offers for integers.
  private struct IntegerUnary: NumberVisitor {
    let op: UnaryOperator
    let shape: [Int]

    func visit<Element: ArithmeticElement>(_ elements: [Element]) throws(GraphError) -> Tensor {
      switch op {
      case .abs: return Tensor(elements.map(\.absolute), shape: shape)
      case .neg: return Tensor(elements.map(\.negated), shape: shape)
      case .relu: return Tensor(elements.map { $0.maximum(.zero) }, shape: shape)
      case .sign:
        let signs = elements.map { x in
          x > .zero ? Element.one : x < .zero ? Element.one.negated : .zero
        }
        return Tensor(signs, shape: shape)
      default:
        throw GraphError(.unsupported, "\(op.name) takes floats, found \(Element.elementType)")
      }
    }
  }

  /// One element; the formulas are those of `UnaryOperator`'s cases.
  private func value(of op: UnaryOperator, _ x: Double) -> Double {
    switch op {
    case .relu, .leakyRelu, .elu, .selu, .celu, .thresholdedRelu: rectified(op, x)
    case .sigmoid: sigmoid(x)
    case .tanh: Glibc.tanh(x)
    case .softplus: softplus(x)
    case .softsign: x / (1 + Swift.abs(x))
    case .erf: Glibc.erf(x)
    case .mish: x * Glibc.tanh(softplus(x))
    case .hardSwish: x * (x / 6 + 0.5).maximum(0).minimum(1)
    case .hardSigmoid(let alpha, let beta):
      (Double(alpha) * x + Double(beta)).maximum(0).minimum(1)
    case .gelu(let tanh): tanh ? geluByTanh(x) : 0.5 * x * (1 + Glibc.erf(x / 2.squareRoot()))
    case .sqrt: x.squareRoot()
    case .exp: exponential(x)
    case .log: naturalLogarithm(x)
    case .abs: Swift.abs(x)
    case .neg: -x
    case .sign: x > 0 ? 1 : x < 0 ? -1 : x
    case .reciprocal: 1 / x
    case .floor: x.rounded(.down)
    case .ceil: x.rounded(.up)
    case .round: x.rounded(.toNearestOrEven)
    case .sin: Glibc.sin(x)
    case .cos: Glibc.cos(x)
    case .atan: Glibc.atan(x)
    case .not: x
    }
  }

  private func rectified(_ op: UnaryOperator, _ x: Double) -> Double {
    switch op {
    case .leakyRelu(let alpha): x < 0 ? Double(alpha) * x : x
    case .elu(let alpha): x < 0 ? Double(alpha) * expm1(x) : x
    case .selu(let alpha, let gamma):
      Double(gamma) * (x > 0 ? x : Double(alpha) * expm1(x))
    case .celu(let alpha):
      x.maximum(0) + (Double(alpha) * expm1(x / Double(alpha))).minimum(0)
    case .thresholdedRelu(let alpha): x > Double(alpha) || x.isNaN ? x : 0
    default: x.maximum(0)
    }
  }

  /// 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³)))
  private func geluByTanh(_ x: Double) -> Double {
    0.5 * x * (1 + Glibc.tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
  }
}

func exponential(_ x: Double) -> Double { Glibc.exp(x) }

func naturalLogarithm(_ x: Double) -> Double { Glibc.log(x) }

func sigmoid(_ x: Double) -> Double { 1 / (1 + exponential(-x)) }

/// log(1 + eˣ) without overflow.
func softplus(_ x: Double) -> Double { x.maximum(0) + log1p(exponential(-Swift.abs(x))) }

func hyperbolicTangent(_ x: Double) -> Double { Glibc.tanh(x) }
