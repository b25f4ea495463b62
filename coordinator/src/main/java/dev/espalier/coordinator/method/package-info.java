/** What a way of pruning tells the coordinator. The ways themselves are elsewhere, and none is named here. */
package dev.espalier.coordinator.method;
