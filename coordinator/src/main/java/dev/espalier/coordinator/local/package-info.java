/** Runs in one process: a cluster of one node that listens on nothing. */
package dev.espalier.coordinator.local;
