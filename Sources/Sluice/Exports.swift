// What a user of `import Sluice` needs at once: tensors, network options and graphs, plans for
// inspection, the backend contract, and the readers and writers of weight and array files.
@_exported import SluiceBackends
@_exported import SluiceFormats
@_exported import SluiceGraph
@_exported import SluicePlanning
