/** A small model from scratch: training of all weights. */
package dev.espalier.worker.pretrain;
