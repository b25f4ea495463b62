/**
 * A reading of Adaptive Estimation Fusion (Liu et al. 2024, arXiv 2403.10799; docs/methods/adaptive-fusion.md): what the loss
 * loses with a whole unit and what it loses with its weights one by one, fused for each layer by how well either tells the
 * units apart. No code of the authors is known. Keys: none of its own. Legs: {@code shot}.
 */
package dev.espalier.methods.adaptivefusion;
