#include "experiments.h"

const Experiment experiments[] = {
    {"E0", "library, device, extensions", 1, query},
    {"E1", "instructions, local memory, argument block", FEATURE_PARTS, features},
    {"E2", "launch, transfer, waiting", 3, launches},
    {"E3", "groups resident together", 1, residency},
    {"E4", "exchange among groups", 2, exchange},
    {"E5", "bandwidth of L2 and memory", 1, bandwidth},
    {"E6", "matrix instruction: speed and bits", 2, matrix},
    {"E7", "whole sequence in one launch", 3, sequence},
    {"E8", "cost of a phase and of straight code", 2, phases},
    {"E9", "tiled products", 2, products},
    {"E10", "build time of generated source", BUILD_PARTS, builds},
};
const int experiment_count = COUNT(experiments);
