/** Scores of one pass over calibration text (docs/methods/metrics.md), a class each. */
package dev.espalier.methods.metrics;
