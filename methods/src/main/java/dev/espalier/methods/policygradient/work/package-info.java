/** Policy gradients on a worker: the start, losses of masks, the cut. No gradient is taken anywhere. */
package dev.espalier.methods.policygradient.work;
