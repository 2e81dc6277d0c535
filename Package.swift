// swift-tools-version: 6.2
import PackageDescription

/// Every hand-written target: Swift 6 mode, warnings are errors, unsafe code is spelled `unsafe`.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
]

/// Tests: what they call is optimised in a release build; they are not, because compiling them takes longer
/// than running them. (Only targets that nobody depends on may have such flags.)
let testing = strict + [.unsafeFlags(["-Onone"], .when(configuration: .release))]

/// Kernels: no contraction, so that every form of a sum gives the same bits (Kernels/README.md).
let kernelFlags: [CSetting] = [.define("SLUICE_KERNELS")]

let package = Package(
  name: "sluice",
  products: [
    .library(name: "Sluice", targets: ["Sluice"]),
    // Scripts/library makes libsluice.so of it, with nothing visible but what sluice.h declares.
    .library(name: "SluiceC", type: .static, targets: ["SluiceC"]),
    .executable(name: "sluice", targets: ["SluiceCLI"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  ],
  targets: [
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    // Headers only: the loader is opened when the program runs.
    .systemLibrary(
      name: "COpenCL", pkgConfig: "OpenCL-Headers", providers: [.apt(["opencl-c-headers"])]),
    .target(
      name: "CKernels", path: "Kernels", exclude: ["README.md"],
      sources: ["CPU", "OpenCL/sources.c"],
      publicHeadersPath: "include", cSettings: kernelFlags),


    .target(name: "SluiceGraph", swiftSettings: strict),
    .target(
      name: "ONNXProtocol",
      dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")],
      exclude: ["onnx.proto"]),
    .target(
      name: "SluiceFormats", dependencies: ["SluiceGraph", "ONNXProtocol", "CZlib"],
      exclude: ["ModelFile/model-json.md"], swiftSettings: strict),
    .target(name: "SluicePlanning", dependencies: ["SluiceGraph"], swiftSettings: strict),
    .target(
      name: "SluiceBackends", dependencies: ["SluiceGraph", "SluicePlanning"],
      swiftSettings: strict),
    .target(
      name: "SluiceCPU", dependencies: ["SluiceBackends", "CKernels"],
      swiftSettings: strict),
    .target(
      name: "SluiceOpenCL", dependencies: ["SluiceBackends", "CKernels", "COpenCL"],
      swiftSettings: strict),
    .target(
      name: "Sluice",
      dependencies: [
        "SluiceGraph", "SluiceFormats", "SluicePlanning", "SluiceBackends", "SluiceCPU",
        "SluiceOpenCL",
      ],
      swiftSettings: strict),
    .target(name: "SluiceServing", dependencies: ["Sluice"], swiftSettings: strict),
    .target(
      name: "SluiceStateStore",
      dependencies: ["SluiceServing", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: strict),
    .systemLibrary(name: "CSluice"),
    .target(name: "SluiceC", dependencies: ["Sluice", "CSluice"], swiftSettings: strict),
    .executableTarget(
      name: "SluiceCLI",
      dependencies: [
        "Sluice", "SluiceCPU", "SluiceOpenCL",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "VideoActionsDemo", dependencies: ["Sluice"], path: "Examples/video-actions/Demo",
      swiftSettings: strict),

    .executableTarget(
      name: "sluice-overhead", dependencies: ["Sluice", "SluiceCPU"], path: "Benchmarks/overhead",
      swiftSettings: strict),


    .target(name: "AllocationCounter", path: "Tests/AllocationCounter"),
    .target(name: "SanitizerSupport", path: "Tests/SanitizerSupport"),
    .target(
      name: "SluiceTestSupport", dependencies: ["Sluice", "SluiceCPU", "SluiceOpenCL"],
      path: "Tests/Support",
      swiftSettings: strict),
    .testTarget(
      name: "SluiceGraphTests", dependencies: ["SluiceGraph", "SluiceTestSupport"],
      swiftSettings: testing),
    .testTarget(
      name: "SluiceFormatsTests", dependencies: ["SluiceFormats", "SluiceTestSupport"],
      exclude: ["Fixtures"], swiftSettings: testing),
    .testTarget(
      name: "SluicePlanningTests", dependencies: ["SluicePlanning", "SluiceTestSupport"],
      swiftSettings: testing),
    .testTarget(
      name: "SluiceCPUTests", dependencies: ["SluiceCPU", "SluiceTestSupport"],
      swiftSettings: testing),
    .testTarget(
      name: "SluiceOpenCLTests", dependencies: ["SluiceOpenCL", "SluiceTestSupport"],
      swiftSettings: testing),
    .testTarget(
      name: "OperatorTests", dependencies: ["SluiceCPU", "SluiceOpenCL", "SluiceTestSupport"],
      swiftSettings: testing),
    .testTarget(
      name: "SluiceTests",
      dependencies: [
        "Sluice", "SluiceCPU", "SluiceOpenCL", "SluiceTestSupport", "SanitizerSupport",
      ],
      swiftSettings: testing),
    // Optimised: what is counted are the allocations of a program that is.
    .testTarget(
      name: "AllocationTests", dependencies: ["Sluice", "SluiceTestSupport", "AllocationCounter"],
      swiftSettings: strict),
    .testTarget(
      name: "SluiceServingTests",
      dependencies: ["SluiceServing", "Sluice", "SluiceTestSupport"], swiftSettings: testing),
    .testTarget(
      name: "SluiceStateStoreTests",
      dependencies: ["SluiceStateStore", "SluiceServing", "Sluice", "SluiceTestSupport"],
      swiftSettings: testing),
    .testTarget(
      name: "SluiceCTests", dependencies: ["SluiceC", "SluiceTestSupport"], exclude: ["Program"],
      swiftSettings: testing),
    .testTarget(
      name: "SluiceCLITests", dependencies: ["SluiceCLI", "SluiceOpenCL", "SluiceTestSupport"],
      swiftSettings: testing),
    .testTarget(
      name: "BackendConformanceTests",
      dependencies: ["Sluice", "SluiceOpenCL", "SluiceTestSupport"],
      exclude: ["Fixtures"], swiftSettings: testing),
    .testTarget(
      name: "StreamInvarianceTests", dependencies: ["Sluice", "SluiceOpenCL", "SluiceTestSupport"],
      exclude: ["Fixtures"], swiftSettings: testing),
  ]
)

// The fuzz targets have no `main` of their own: libFuzzer brings it. Scripts/fuzz builds them.
if Context.environment["SLUICE_FUZZ"] != nil {
  package.targets.append(
    .executableTarget(
      name: "SluiceFuzz", dependencies: ["SluiceFormats", "SluiceBackends"], path: "Tests/Fuzz",
      swiftSettings: strict))
}

// Under the thread sanitizer only the library is built and the tests that run there: Scripts/check-threads.
if Context.environment["SLUICE_THREAD_CHECK"] != nil {
  let others = [
    "SluiceCLI", "SluiceC", "CSluice", "VideoActionsDemo", "sluice-overhead",
    "SluiceStateStore",
  ]
  package.products.removeAll { $0.name != "Sluice" }
  let tests = ["SluiceTests", "SluiceServingTests"]
  package.targets.removeAll {
    others.contains($0.name) || $0.type == .test && !tests.contains($0.name)
  }
  for target in package.targets where target.name == "SluiceTests" {
    target.sources = ["Concurrency", "Networks", "Sessions/ExpectError.swift"]
  }
}
