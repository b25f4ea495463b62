/**
 * The ways of pruning, a folder each: {@code policy} is what the coordinator runs, pure and without tensors; {@code work} is
 * what workers do. The engine names none of them; {@link dev.espalier.methods.Methods} lists them.
 */
package dev.espalier.methods;
