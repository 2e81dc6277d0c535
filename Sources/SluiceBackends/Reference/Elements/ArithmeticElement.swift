import Glibc
import SluiceGraph

/// Arithmetic as ONNX means it, for every element type that is a number: integers wrap around, a
/// float result is the exact one rounded once (`pow` and `exponential` come from double).
protocol ArithmeticElement: TensorElement, Comparable {
  static var one: Self { get }
  /// What a maximum starts from: −∞, or the least integer.
  static var lowest: Self { get }
  /// What a minimum starts from: +∞, or the greatest integer.
  static var highest: Self { get }

  func adding(_ other: Self) -> Self
  func subtracting(_ other: Self) -> Self
  func multiplied(by other: Self) -> Self
  /// Integers are cut toward zero.
  func divided(by other: Self) throws(GraphError) -> Self
  /// 0 − self; integers wrap around.
  var negated: Self { get }
  var absolute: Self { get }
  var isNaN: Bool { get }

  var double: Double { get }
  /// Nearest float; whole part of `value` for integers, the nearest bound beyond their range.
  init(rounding value: Double)
}

extension ArithmeticElement {
  /// NaN where either is NaN.
  func maximum(_ other: Self) -> Self {
    if isNaN { return self }
    return other > self || other.isNaN ? other : self
  }

  /// NaN where either is NaN.
  func minimum(_ other: Self) -> Self {
    if isNaN { return self }
    return other < self || other.isNaN ? other : self
  }
}

/// The floating-point half of `ArithmeticElement`.
protocol FloatElement: ArithmeticElement, BinaryFloatingPoint {}

extension FloatElement {
  static var one: Self { 1 }
  static var lowest: Self { -.infinity }
  static var highest: Self { .infinity }

  func adding(_ other: Self) -> Self { self + other }
  func subtracting(_ other: Self) -> Self { self - other }
  func multiplied(by other: Self) -> Self { self * other }
  func divided(by other: Self) throws(GraphError) -> Self { self / other }
  var negated: Self { -self }
  var absolute: Self { magnitude }
  var double: Double { Double(self) }
  init(rounding value: Double) { self = Self(value) }
}

extension Float: FloatElement {}
extension Double: FloatElement {}

/// The integer half of `ArithmeticElement`.
protocol IntegerElement: ArithmeticElement, FixedWidthInteger {}

extension IntegerElement {
  static var one: Self { 1 }
  static var lowest: Self { .min }
  static var highest: Self { .max }

  func adding(_ other: Self) -> Self { self &+ other }
  func subtracting(_ other: Self) -> Self { self &- other }
  func multiplied(by other: Self) -> Self { self &* other }
  func divided(by other: Self) throws(GraphError) -> Self {
    guard other != 0 else { throw GraphError(.invalid, "\(self) is divided by the integer 0") }
    return dividedReportingOverflow(by: other).partialValue
  }
  var negated: Self { 0 &- self }
  var absolute: Self { self < 0 ? 0 &- self : self }
  var isNaN: Bool { false }
  var double: Double { Double(self) }
  init(rounding value: Double) {
    let whole = value.rounded(.towardZero)
    self = Self(exactly: whole) ?? (whole.isNaN ? 0 : whole < 0 ? .min : .max)
  }
}

extension Int8: IntegerElement {}
extension UInt8: IntegerElement {}
extension Int16: IntegerElement {}
extension UInt16: IntegerElement {}
extension Int32: IntegerElement {}
extension UInt32: IntegerElement {}
extension Int64: IntegerElement {}
extension UInt64: IntegerElement {}
