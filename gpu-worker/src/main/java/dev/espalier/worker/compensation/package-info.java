/** Scores of units, and the smaller model in closed form (docs/methods/closed-form.md). */
package dev.espalier.worker.compensation;
