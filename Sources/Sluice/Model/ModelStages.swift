/// The stages of one model that were made so far.
struct ModelStages: Sendable {
  var graph: Result<Graph, SluiceError>?
  var stepGraph: Result<StepGraph, SluiceError>?
  var digest: ModelDigest?
  /// Plans of the step graph, by how much was fused.
  var stepPlans: [Fusion: Plan] = [:]
  /// Sequence graphs and plans by what was bound.
  var sequenceGraphs = PlanCache<SequenceBinding, SequenceGraph>(capacity: 4)
  var sequencePlans = PlanCache<SequencePlanKey, Plan>(capacity: 4)
}

/// What has to be known before a whole sequence can be planned.
struct SequenceBinding: Sendable, Hashable {
  var inputShapes: [String: [Int]]
  /// Inputs whose value decides a shape or a branch.
  var inputs: [String: Tensor]
}

struct SequencePlanKey: Sendable, Hashable {
  var binding: SequenceBinding
  var fusion: Fusion
}
