import ArgumentParser
import Sluice

/// Counts with commas between them, each from 1 to 65536: `1,16,256`.
struct CountList: ExpressibleByArgument, Hashable, Sendable {
  var values: [Int]

  init(values: [Int]) { self.values = values }

  init?(argument: String) {
    guard let values = IntegerList(argument)?.values,
      values.allSatisfy({ (1...65536).contains($0) })
    else { return nil }
    self.values = values
  }

  var defaultValueDescription: String { values.map { "\($0)" }.joined(separator: ",") }
}

/// Names with commas between them: `fp16,fp32`, `cpu,reference`.
struct NameList<Name: RawRepresentable & Hashable & Sendable>: ExpressibleByArgument, Hashable,
  Sendable
where Name.RawValue == String {
  var values: [Name]

  init(values: [Name]) { self.values = values }

  init?(argument: String) {
    values = []
    for name in argument.split(separator: ",", omittingEmptySubsequences: false) {
      guard let value = Name(rawValue: String(name)) else { return nil }
      values.append(value)
    }
  }

  var defaultValueDescription: String { values.map(\.rawValue).joined(separator: ",") }
}
