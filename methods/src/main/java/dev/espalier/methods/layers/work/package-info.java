/** What workers measure of layers, and the model without some of them (docs/methods/layers.md). */
package dev.espalier.methods.layers.work;
