/** The worker's half of the methods that prune in one shot. */
package dev.espalier.methods.oneshot.work;
