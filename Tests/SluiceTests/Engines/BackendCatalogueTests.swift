import Sluice
import Testing

@testable import Sluice

struct BackendCatalogueTests {
  private let catalogue = BackendCatalogue(entries: [
    entry("cpu", "Zen 4", rank: 1, note: "made for speed"),
    entry("opencl", "Radeon 780M", rank: 2, note: "predicted 2 µs"),
    entry("opencl", "PoCL", rank: nil, note: "used only when named"),
    entry("reference", "scalar code", rank: 0, note: "for checking"),
  ])

  @Test(
    "a selection takes its backend and device",
    arguments: [
      ("auto", nil, "Radeon 780M"), ("auto", "zen", "Zen 4"), ("cpu", nil, "Zen 4"),
      ("opencl", nil, "Radeon 780M"), ("opencl", "1", "PoCL"), ("opencl", "pocl", "PoCL"),
      ("reference", "0", "scalar code"),
    ])
  func choices(name: String, device: String?, expected: String) throws {
    let (entry, decision) = try catalogue.choose(.named(name), device: device)
    #expect(entry.backend.deviceName == expected)
    #expect(decision.device == expected)
    #expect(decision.candidates.count == (name == "auto" ? 4 : 0))
  }

  @Test("auto says why it took what it took, and what it left")
  func reasons() throws {
    let decision = try catalogue.choose(.auto, device: nil).decision
    #expect(decision.description == "opencl (Radeon 780M): predicted 2 µs")
    #expect(decision.candidates.map(\.description).first == "cpu (Zen 4): made for speed")
    #expect(try catalogue.choose(.cpu, device: nil).decision.reason == "asked for by name")
  }

  @Test("what is not there is refused with what was found")
  func absent() {
    let all = "cpu (Zen 4), opencl (Radeon 780M), opencl (PoCL), reference (scalar code)"
    expectError("backendUnavailable", "backend 'metal' is not there; found \(all)") {
      try catalogue.choose(.named("metal"), device: nil)
    }
    expectError(
      "backendUnavailable",
      "backend 'opencl' has no device '2'; found 0 (Radeon 780M), 1 (PoCL)"
    ) { try catalogue.choose(.named("opencl"), device: "2") }
    expectError(
      "backendUnavailable", "backend 'opencl' has no device ''; found 0 (Radeon 780M), 1 (PoCL)"
    ) { try catalogue.choose(.named("opencl"), device: "") }
    expectError("backendUnavailable", "no backend for 'auto'; found none") {
      try BackendCatalogue(entries: []).choose(.auto, device: nil)
    }
  }

  @Test("devices are numbered within their backend")
  func devices() {
    #expect(
      catalogue.devices.map { "\($0.backend) \($0.index)" } == [
        "cpu 0", "opencl 0", "opencl 1", "reference 0",
      ])
  }

  @Test("the reference is always there")
  func standard() {
    #expect(Engine.devices.contains { $0.backend == "reference" })
  }

  private static func entry(
    _ name: String, _ device: String, rank: Int?, note: String
  ) -> BackendCatalogue.Entry {
    BackendCatalogue.Entry(
      backend: NamedBackend(name: name, deviceName: device), fusion: .full, rank: rank, note: note)
  }
}

/// A backend with nothing behind it.
struct NamedBackend: Backend {
  var name: String
  var deviceName: String

  func prepare(
    _ plan: Plan, options: ExecutableOptions
  ) throws(BackendError) -> any Executable {
    throw BackendError(.unavailable, "\(name) is only a name")
  }
}
