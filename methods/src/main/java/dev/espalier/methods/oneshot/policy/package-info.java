/** Pruning in one shot on the coordinator. */
package dev.espalier.methods.oneshot.policy;
