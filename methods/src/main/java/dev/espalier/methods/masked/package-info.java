/** What methods share that learn from the losses of drawn masks, on both sides: which units there are, chance, losses. */
package dev.espalier.methods.masked;
