/** Minitron's metric, its statistic and its leg (docs/methods/minitron.md). */
package dev.espalier.methods.minitron.work;
