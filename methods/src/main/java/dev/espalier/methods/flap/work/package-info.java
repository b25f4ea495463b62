/** FLAP's metric, its statistic and its leg (docs/methods/flap.md). */
package dev.espalier.methods.flap.work;
