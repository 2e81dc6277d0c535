/// A value on the stack of a pickle.
///
/// Containers and tensors live in `PickleMachine.objects` and are referred to by number: pickles may
/// nest without bound and refer to themselves, and neither may exhaust the stack or leak.
enum PickleValue: Sendable, Hashable {
  case none
  case bool(Bool)
  case int(Int)
  case float(Double)
  case string(String)
  /// Raw bytes, or an integer beyond 64 bits.
  case bytes
  case global(PickleGlobal)
  /// An index into `PickleMachine.objects`.
  case object(Int)
}

/// What a pickle builds by parts.
struct PickleObject: Sendable {
  enum Kind: Sendable {
    case list, tuple, set
    /// `items` alternate key and value.
    case dictionary
    case storage(TorchStorage)
    case tensor(TorchTensor)
  }

  var kind: Kind
  var items: [PickleValue]
}

/// The elements that tensors of a checkpoint share.
struct TorchStorage: Sendable, Hashable {
  /// The name of the archive's entry below `data/`.
  var key: String
  var type: StoredType
  /// Elements it says to have.
  var count: Int
}

/// A view of a storage, in elements. Nothing about it has been checked against the storage.
struct TorchTensor: Sendable, Hashable {
  var storage: TorchStorage
  var offset: Int
  var shape: [Int]
  var strides: [Int]
}

/// The functions and classes that a checkpoint may name. Each is carried out here; nothing is called.
enum PickleGlobal: Sendable, Hashable {
  case orderedDictionary
  case size
  case set
  case parameter
  /// `_rebuild_tensor` and `_rebuild_tensor_v2`: storage, offset, shape, strides, …
  case tensor
  /// `_rebuild_tensor_v3`: likewise, with the element type as seventh argument.
  case typedTensor
  case device
  /// A storage class; nil where the class does not say the type.
  case storage(StoredType?)
  /// An element type as a value, such as `torch.uint16`.
  case elementType(StoredType)

  /// The global that a pickle calls `module.name`; nil for everything else in the world.
  init?(module: String, name: String) {
    let full = "\(module).\(name)"
    if let known = PickleGlobal.functions[full] {
      self = known
    } else if module == "torch", name.hasSuffix("Storage"),
      let type = PickleGlobal.storages[String(name.dropLast(7))]
    {
      self = .storage(type)
    } else if module == "torch", let type = PickleGlobal.types[name] {
      self = .elementType(type)
    } else {
      return nil
    }
  }

  private static let functions: [String: PickleGlobal] = [
    "collections.OrderedDict": .orderedDictionary,
    "torch.Size": .size,
    "torch.device": .device,
    "builtins.set": .set, "__builtin__.set": .set,
    "builtins.frozenset": .set, "__builtin__.frozenset": .set,
    "torch._utils._rebuild_parameter": .parameter,
    "torch._utils._rebuild_tensor": .tensor,
    "torch._utils._rebuild_tensor_v2": .tensor,
    "torch._utils._rebuild_tensor_v3": .typedTensor,
    "torch.storage.UntypedStorage": .storage(nil),
  ]

  private static let storages: [String: StoredType] = [
    "Float": .element(.float32), "Double": .element(.float64), "Half": .float16,
    "BFloat16": .bfloat16, "Long": .element(.int64), "Int": .element(.int32),
    "Short": .element(.int16), "Char": .element(.int8), "Byte": .element(.uint8),
    "Bool": .element(.bool),
  ]

  private static let types: [String: StoredType] = [
    "float32": .element(.float32), "float64": .element(.float64), "float16": .float16,
    "bfloat16": .bfloat16, "int64": .element(.int64), "int32": .element(.int32),
    "int16": .element(.int16), "int8": .element(.int8), "uint8": .element(.uint8),
    "uint16": .element(.uint16), "uint32": .element(.uint32), "uint64": .element(.uint64),
    "bool": .element(.bool),
  ]
}
