/** The metric and its leg (docs/methods/adaptive-fusion.md). */
package dev.espalier.methods.adaptivefusion.work;
