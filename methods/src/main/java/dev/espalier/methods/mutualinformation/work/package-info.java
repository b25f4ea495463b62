/** Redundancy on a worker: the metrics, their statistic and the leg (docs/methods/mutual-information.md). */
package dev.espalier.methods.mutualinformation.work;
