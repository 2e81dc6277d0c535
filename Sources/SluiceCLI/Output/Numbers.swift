import Glibc

// Numbers as tables and summaries write them.

/// `1 frame`, `2 frames`.
func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

/// Thousands apart: `1 234 567`.
func grouped(_ number: Int) -> String {
  let digits = Array("\(number)")
  var text = ""
  for (index, digit) in digits.enumerated() {
    if index > 0, digit != "-", digits[index - 1] != "-", (digits.count - index) % 3 == 0 {
      text += " "
    }
    text.append(digit)
  }
  return text
}

/// Three to four digits and a decimal prefix: `999`, `12.3 k`, `1.50 M`.
func scaled(_ number: Double) -> String { scaled(number, unit: "") }

/// Likewise in bytes: `999 B`, `12.3 kB`.
func bytes(_ number: Double) -> String { scaled(number, unit: "B") }

private func scaled(_ number: Double, unit: String) -> String {
  var value = number
  var prefixes = ["", "k", "M", "G", "T"][...]
  while value >= 999.5, prefixes.count > 1 {
    value /= 1000
    prefixes = prefixes.dropFirst()
  }
  let prefix = prefixes.first ?? ""
  let text =
    prefix.isEmpty ? fixed(value, 0) : fixed(value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0)
  return prefix.isEmpty && unit.isEmpty ? text : "\(text) \(prefix)\(unit)"
}

/// A number with so many digits behind the point.
func fixed(_ value: Double, _ digits: Int) -> String {
  guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
  var power = 1.0
  for _ in 0..<digits { power *= 10 }
  let rounded = (abs(value) * power).rounded()
  let whole = Int(rounded / power)
  let sign = value < 0 && rounded > 0 ? "-" : ""
  guard digits > 0 else { return "\(sign)\(whole)" }
  let fraction = "\(Int(rounded - Double(whole) * power))"
  return "\(sign)\(whole).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
}

/// Two digits and an exponent where the number is small or large: `0`, `0.25`, `3.1e-05`.
func short(_ value: Double) -> String {
  guard value.isFinite, value != 0 else { return value == 0 ? "0" : "\(value)" }
  let magnitude = abs(value)
  if magnitude >= 0.01, magnitude < 1000 { return fixed(value, magnitude < 1 ? 3 : 2) }
  var exponent = Int(log10(magnitude).rounded(.down))
  var mantissa = value / pow(10, Double(exponent))
  if abs(mantissa) >= 9.95 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
  let digits = "\(abs(exponent))"
  let sign = exponent < 0 ? "-" : "+"
  return "\(fixed(mantissa, 1))e\(sign)\(digits.count < 2 ? "0" : "")\(digits)"
}
