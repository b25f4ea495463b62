/** Shares of the training texts that follow their losses (docs/methods/mix.md). Pure. */
package dev.espalier.coordinator.mix;
