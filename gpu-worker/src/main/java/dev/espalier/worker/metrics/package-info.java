/** Scores of one pass (docs/methods/metrics.md). */
package dev.espalier.worker.metrics;
