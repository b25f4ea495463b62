/**
 * Units that can go, the gates over them, expected size, and the choice of those that stay (docs/methods/nuteprune.md).
 * Without tensors but for {@link dev.espalier.worker.masks.MaskTensors}.
 */
package dev.espalier.worker.masks;
