/** A coordinator as a process of its own. */
package dev.espalier.coordinator.node;
