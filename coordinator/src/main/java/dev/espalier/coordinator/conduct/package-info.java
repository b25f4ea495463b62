/** How workers do at a run: who is fast, silent or fails, and how patient the run is. Forgotten at a restart. */
package dev.espalier.coordinator.conduct;
