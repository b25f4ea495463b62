/** Bonsai on a worker: the start, losses of pairs of masks, the cut. No gradient is taken anywhere. */
package dev.espalier.methods.bonsai.work;
