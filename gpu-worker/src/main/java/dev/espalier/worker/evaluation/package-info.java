/** Perplexity, choices and speed of a model. */
package dev.espalier.worker.evaluation;
