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

/// HTTP/2 for gRPC, GRPCNIOTransportCore, which has no product of its own. Of the products that bring it this
/// one has nothing else on Linux; the one for POSIX sockets brings X.509, ASN.1 and a second BoringSSL.
let grpcTransport = Target.Dependency.product(
  name: "GRPCNIOTransportHTTP2TransportServices", package: "grpc-swift-nio-transport")

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
    // Without its readers of configuration files and without full Foundation.
    .package(
      url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
    .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.2"),
    .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.1"),
  ],
  targets: [
    .systemLibrary(name: "CMalloc"),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    // Headers only: the loader is opened when the program runs.
    .systemLibrary(
      name: "COpenCL", pkgConfig: "OpenCL-Headers", providers: [.apt(["opencl-c-headers"])]),
    .target(
      name: "CKernels", path: "Kernels", exclude: ["README.md"],
      sources: ["CPU", "OpenCL/sources.c"],
      publicHeadersPath: "include", cSettings: kernelFlags),

    // The page of `sluice serve`, likewise embedded.
    .target(name: "CPage", sources: ["files.c"]),

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
    .target(
      name: "SluiceServing",
      dependencies: ["Sluice", .product(name: "Tracing", package: "swift-distributed-tracing")],
      swiftSettings: strict),
    .target(
      name: "SluiceTracing",
      dependencies: [
        "Sluice", "SluiceFormats", .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      swiftSettings: strict),
    .target(
      name: "SluiceStateStore",
      dependencies: ["SluiceServing", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: strict),
    .target(
      name: "SluiceTransport",
      dependencies: [
        "SluiceServing", .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ],
      swiftSettings: strict),
    .target(
      name: "SluiceHTTP",
      dependencies: [
        "SluiceServing", "SluiceTransport", "Sluice", "CPage",
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOWebSocket", package: "swift-nio"),
        .product(name: "NIOExtras", package: "swift-nio-extras"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      exclude: ["Streams/websocket.md"], swiftSettings: strict),
    .target(
      name: "OpenInferenceProtocol",
      dependencies: [
        .product(name: "GRPCCore", package: "grpc-swift-2"),
        .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      exclude: ["inference.proto", "model_config.proto"]),
    .target(
      name: "SluiceGRPC",
      dependencies: [
        "SluiceServing", "SluiceTransport", "Sluice", "OpenInferenceProtocol",
        .product(name: "GRPCCore", package: "grpc-swift-2"),
        grpcTransport,
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      swiftSettings: strict),
    .systemLibrary(name: "CSluice"),
    .target(name: "SluiceC", dependencies: ["Sluice", "CSluice"], swiftSettings: strict),
    .executableTarget(
      name: "SluiceCLI",
      dependencies: [
        "Sluice", "SluiceCPU", "SluiceOpenCL", "SluiceServing", "SluiceStateStore", "SluiceHTTP",
        "SluiceGRPC", "SluiceTransport", "SluiceTracing", "CMalloc",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "VideoActionsDemo", dependencies: ["Sluice"], path: "Examples/video-actions/Demo",
      swiftSettings: strict),

    .executableTarget(
      name: "sluice-overhead", dependencies: ["Sluice", "SluiceCPU"], path: "Benchmarks/overhead",
      swiftSettings: strict),

    .executableTarget(
      name: "sluice-load",
      dependencies: [
        "Sluice", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Benchmarks/serve",
      exclude: [
        "client.py", "compare.py", "endure.py", "peer.py", "requirements.txt", "server.py",
      ],
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
      dependencies: [
        "SluiceServing", "Sluice", "SluiceTestSupport",
        .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      swiftSettings: testing),
    .testTarget(
      name: "SluiceTracingTests",
      dependencies: [
        "SluiceTracing", "SluiceFormats", "SluiceTestSupport",
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      swiftSettings: testing),
    .testTarget(
      name: "SluiceStateStoreTests",
      dependencies: ["SluiceStateStore", "SluiceServing", "Sluice", "SluiceTestSupport"],
      swiftSettings: testing),
    .testTarget(
      name: "SluiceTransportTests",
      dependencies: [
        "SluiceHTTP", "SluiceGRPC", "SluiceTransport", "OpenInferenceProtocol", "SluiceServing",
        "Sluice", "SluiceFormats", "SluiceTracing", "SluiceTestSupport",
        .product(name: "GRPCCore", package: "grpc-swift-2"),
        grpcTransport,
        .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOWebSocket", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      exclude: ["Clients"], swiftSettings: testing),
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
    "sluice-load", "SluiceStateStore", "SluiceTransport", "SluiceHTTP", "SluiceGRPC", "CPage",
    "CMalloc", "OpenInferenceProtocol",
  ]
  package.products.removeAll { $0.name != "Sluice" }
  let tests = ["SluiceTests", "SluiceServingTests", "SluiceTracingTests"]
  package.targets.removeAll {
    others.contains($0.name) || $0.type == .test && !tests.contains($0.name)
  }
  for target in package.targets where target.name == "SluiceTests" {
    target.sources = ["Concurrency", "Networks", "Sessions/ExpectError.swift"]
  }
}
