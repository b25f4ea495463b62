/** Which layers go, concluded on the coordinator from what was measured (docs/methods/layers.md). */
package dev.espalier.methods.layers.policy;
